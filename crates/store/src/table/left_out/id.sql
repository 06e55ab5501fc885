SELECT id FROM left_out WHERE no = :no
