DELETE FROM adopted_id WHERE row_id = :row_id
