SELECT v.seq, v.type, v.id, v.version, v.operation, v.class, v.body, v.vector_clock,
       v.last_updated, v.user_name, v.device_id, v.edited_at, d.name AS device_name
FROM resource AS r INDEXED BY resource_by_patient
JOIN resource_version AS v ON v.seq = r.seq
LEFT JOIN device AS d ON d.id = v.device_id
WHERE r.patient IN (SELECT value FROM json_each(:patients))
  AND r.seq > :after
  AND r.seq < :before
  AND r.class IN (SELECT value FROM json_each(:classes))
  AND (:types IS NULL OR r.type IN (SELECT value FROM json_each(:types)))
  AND (:binary_bytes IS NULL OR r.type <> 'Binary' OR coalesce(length(v.body), 0) <= :binary_bytes)
ORDER BY r.seq
LIMIT :limit
