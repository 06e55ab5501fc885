  AND r.id IN (SELECT value FROM json_each(?))
