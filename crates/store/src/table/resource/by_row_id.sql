WHERE r.row_id = :row_id
