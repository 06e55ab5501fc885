SELECT row_id, class FROM resource WHERE row_id > :after ORDER BY row_id LIMIT :limit
