SELECT v.seq, v.type, v.id, v.version, v.operation, v.class, v.body, v.vector_clock,
       v.last_updated, v.user_name, v.device_id, v.edited_at
FROM resource_version AS v
JOIN resource AS r ON r.type = v.type AND r.id = v.id
WHERE v.class IN (SELECT value FROM json_each(:classes))
  AND r.class IN (SELECT value FROM json_each(:classes))
  AND v.seq >= :from
  AND v.seq < :before
ORDER BY v.seq DESC
LIMIT :limit
