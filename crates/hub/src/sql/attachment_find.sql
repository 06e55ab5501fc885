SELECT id, sha256, bytes, received, whole, content_type, class, op_id, user_name, device_id
FROM attachment WHERE id = :id
