SELECT entry_id AS number FROM history
WHERE entry_id > :after AND substr(body, 1, 1) = x'02'
ORDER BY entry_id LIMIT :limit
