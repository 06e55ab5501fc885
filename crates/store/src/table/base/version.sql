SELECT server_version FROM base WHERE row_id = :row_id
