INSERT INTO left_out (id) VALUES (:id)
