SELECT p.row_id FROM search_pending p LEFT JOIN resource r ON r.row_id = p.row_id
WHERE p.row_id > :after
  AND (r.row_id IS NULL OR r.deleted_at IS NOT NULL OR (:readable >> r.class) & 1)
ORDER BY p.row_id LIMIT :limit
