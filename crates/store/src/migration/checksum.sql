SELECT checksum FROM schema_migration WHERE number = :number
