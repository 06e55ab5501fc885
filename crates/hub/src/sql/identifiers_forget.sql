DELETE FROM resource_identifier WHERE type = :type AND id = :id
