SELECT count(*) AS total
FROM resource_version
WHERE type = :type
  AND id = :id
  AND class IN (SELECT value FROM json_each(:classes))
  AND seq >= :from
