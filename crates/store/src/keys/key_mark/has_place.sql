SELECT count(*) > 0 AS has_place FROM pragma_table_info('key_state') WHERE name = 'file_turn'
