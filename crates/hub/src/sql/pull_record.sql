SELECT v.seq, v.type, v.id, v.version, v.operation, v.class, v.body, v.vector_clock,
       v.last_updated, v.user_name, v.device_id, v.edited_at, d.name AS device_name
FROM resource AS r
JOIN resource_version AS v ON v.seq = r.seq
LEFT JOIN device AS d ON d.id = v.device_id
WHERE r.type = :type
  AND r.id = :id
  AND r.class IN (SELECT value FROM json_each(:classes))
