DELETE FROM history WHERE row_id = :row_id
