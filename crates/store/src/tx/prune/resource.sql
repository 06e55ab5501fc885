DELETE FROM resource WHERE row_id = :row_id
