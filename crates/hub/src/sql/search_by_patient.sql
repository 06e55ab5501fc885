  AND r.patient IN (SELECT value FROM json_each(?))
