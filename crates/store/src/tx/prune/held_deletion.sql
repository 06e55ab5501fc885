DELETE FROM held_deletion WHERE row_id = :row_id
