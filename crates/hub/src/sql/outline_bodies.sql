SELECT v.body
FROM resource AS r INDEXED BY resource_by_type
JOIN resource_version AS v ON v.seq = r.seq
WHERE r.type = :type
  AND r.deleted = 0
  AND r.class IN (SELECT value FROM json_each(:classes))
ORDER BY r.seq DESC
LIMIT :limit
