SELECT max(number) AS newest FROM schema_migration
