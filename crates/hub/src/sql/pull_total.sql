SELECT count(*) AS total
FROM resource AS r INDEXED BY resource_by_seq
WHERE r.seq > :after
  AND r.seq < :before
  AND r.class IN (SELECT value FROM json_each(:classes))
  AND (:types IS NULL OR r.type IN (SELECT value FROM json_each(:types)))
