SELECT row_id FROM term WHERE kind = ? AND text IN (SELECT value FROM json_each(?))
