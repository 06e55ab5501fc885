SELECT row_id AS number, '' AS name, class, version, deleted, body FROM base WHERE row_id = :row_id
