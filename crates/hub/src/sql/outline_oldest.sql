SELECT v.last_updated
FROM resource AS r INDEXED BY resource_by_seq
JOIN resource_version AS v ON v.seq = r.seq
ORDER BY r.seq
LIMIT 1
