DELETE FROM schema_migration WHERE number = :number
