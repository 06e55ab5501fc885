SELECT name FROM device WHERE id = :id
