SELECT row_id AS number FROM resource
WHERE row_id > :after AND substr(body, 1, 1) = x'02'
ORDER BY row_id LIMIT :limit
