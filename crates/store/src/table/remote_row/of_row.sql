SELECT m.remote_no FROM resource r JOIN remote_row m ON m.row_id = r.row_id
WHERE r.type_no = :type_no AND r.id = :id
