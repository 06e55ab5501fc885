SELECT entry_id AS number, '' AS name, class, version, deleted, body
FROM history WHERE row_id = :row_id
