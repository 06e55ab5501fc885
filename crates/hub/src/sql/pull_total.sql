SELECT count(*) AS total
FROM resource AS r INDEXED BY resource_by_seq
WHERE r.seq > :after
  AND r.seq < :before
  AND r.class IN (SELECT value FROM json_each(:classes))
  AND (:types IS NULL OR r.type IN (SELECT value FROM json_each(:types)))
  AND (:binary_bytes IS NULL OR r.type <> 'Binary' OR (
      SELECT coalesce(length(v.body), 0) FROM resource_version AS v WHERE v.seq = r.seq
  ) <= :binary_bytes)
