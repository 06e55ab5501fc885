WHERE r.type_no = :type_no AND r.id = :id
