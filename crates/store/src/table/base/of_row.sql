SELECT class, version, deleted, server_version, clock, body FROM base WHERE row_id = :row_id
