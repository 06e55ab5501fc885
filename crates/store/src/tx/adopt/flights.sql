SELECT seq AS number, '' AS name, class, row_version AS version, deleted, body
FROM in_flight WHERE row_id = :row_id
