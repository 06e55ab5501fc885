SELECT count(*) > 0 AS ends_are_kept FROM pragma_table_info('glass') WHERE name = 'ended_at'
