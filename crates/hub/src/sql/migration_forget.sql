DELETE FROM schema_migration WHERE version = :version
