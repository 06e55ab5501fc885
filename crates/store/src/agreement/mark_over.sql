UPDATE held_deletion SET over = 1 WHERE row_id = :row_id
