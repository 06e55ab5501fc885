SELECT r.type AS type, count(*) AS n, total(length(v.body)) AS bytes
FROM resource AS r
JOIN resource_version AS v ON v.seq = r.seq
WHERE r.deleted = 0
  AND r.class IN (SELECT value FROM json_each(:classes))
  AND (:types IS NULL OR r.type IN (SELECT value FROM json_each(:types)))
  AND (:binary_bytes IS NULL OR r.type <> 'Binary' OR coalesce(length(v.body), 0) <= :binary_bytes)
GROUP BY r.type
