SELECT v.seq, v.type, v.id, v.version, v.operation, v.class, v.body, v.vector_clock,
       v.last_updated, v.user_name, v.device_id, v.edited_at
FROM resource AS r
JOIN resource_version AS v ON v.seq = r.seq
WHERE r.type = ?
  AND r.deleted = 0
  AND r.class IN (SELECT value FROM json_each(?))
  AND r.seq >= ?
  AND r.seq < ?
