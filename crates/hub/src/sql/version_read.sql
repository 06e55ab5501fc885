SELECT seq, type, id, version, operation, class, body, vector_clock,
       last_updated, user_name, device_id, edited_at
FROM resource_version
WHERE type = :type AND id = :id AND version = :version
