SELECT count(*) AS total
FROM resource_version AS v
JOIN resource AS r ON r.type = v.type AND r.id = v.id
WHERE v.class IN (SELECT value FROM json_each(:classes))
  AND r.class IN (SELECT value FROM json_each(:classes))
  AND v.seq >= :from
