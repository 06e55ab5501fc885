INSERT INTO resource_identifier (type, value, system, id) VALUES (:type, :value, :system, :id)
ON CONFLICT DO NOTHING
