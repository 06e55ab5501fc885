SELECT id FROM resource WHERE row_id = ?
