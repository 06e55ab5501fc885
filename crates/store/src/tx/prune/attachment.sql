DELETE FROM attachment WHERE row_id = :row_id
