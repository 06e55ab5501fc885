SELECT count(*) > 0 AS are_kept FROM sqlite_schema WHERE type = 'table' AND name = 'dictionary'
