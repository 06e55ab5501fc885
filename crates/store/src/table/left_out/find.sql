SELECT no FROM left_out WHERE id = :id
