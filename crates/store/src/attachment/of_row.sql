WHERE a.row_id = :row_id
