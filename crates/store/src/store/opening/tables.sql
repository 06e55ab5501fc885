SELECT count(*) AS n FROM sqlite_schema
WHERE type = 'table' AND name IN ('identity', 'schema_migration')
