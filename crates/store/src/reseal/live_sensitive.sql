WHERE r.class = :class AND r.deleted_at IS NULL ORDER BY r.row_id
