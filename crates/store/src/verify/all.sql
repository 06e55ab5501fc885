ORDER BY r.row_id
