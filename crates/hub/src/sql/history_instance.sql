SELECT seq, type, id, version, operation, class, body, vector_clock,
       last_updated, user_name, device_id, edited_at
FROM resource_version
WHERE type = :type
  AND id = :id
  AND class IN (SELECT value FROM json_each(:classes))
  AND seq >= :from
  AND seq < :before
ORDER BY version DESC
LIMIT :limit
