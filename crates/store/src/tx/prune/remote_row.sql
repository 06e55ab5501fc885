DELETE FROM remote_row WHERE row_id = :row_id
