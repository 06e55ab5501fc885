SELECT r.id FROM adopted_id a JOIN resource r ON r.row_id = a.row_id
WHERE a.type_no = :type_no AND a.id = :id
