SELECT s.name AS table_name, c.name AS column_name
FROM sqlite_schema s JOIN pragma_table_info(s.name) c
WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' AND s.name <> 'schema_migration'
