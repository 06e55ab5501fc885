INSERT INTO attachment (
    id, sha256, bytes, content_type, class, op_id, user_name, device_id, created_at
) VALUES (
    :id, :sha256, :bytes, :content_type, :class, :op_id, :user_name, :device_id, :now
)
