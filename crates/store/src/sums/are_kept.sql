SELECT count(*) > 0 AS are_kept FROM pragma_table_info('audit_head') WHERE name = 'sums'
