SELECT row_id FROM resource WHERE status <> 0 AND deleted_at IS NULL AND (:readable >> class) & 1
