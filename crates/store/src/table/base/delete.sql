DELETE FROM base WHERE row_id = :row_id
