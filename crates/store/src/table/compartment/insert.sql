INSERT INTO compartment (id) VALUES (:id)
