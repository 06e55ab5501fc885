SELECT v.seq, v.type, v.id, v.version, v.operation, v.class, v.body, v.vector_clock,
       v.last_updated, v.user_name, v.device_id, v.edited_at
FROM resource AS r
JOIN resource_version AS v ON v.seq = r.seq
WHERE r.type = :type AND r.id = :id
