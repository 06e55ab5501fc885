SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name = 'key_state'
