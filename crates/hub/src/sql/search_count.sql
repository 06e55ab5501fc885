SELECT count(*) AS total
FROM resource AS r
WHERE r.type = ?
  AND r.deleted = 0
  AND r.class IN (SELECT value FROM json_each(?))
  AND r.seq >= ?
  AND r.seq < ?
