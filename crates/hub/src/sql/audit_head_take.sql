INSERT INTO audit_head (device_id, size, root, taken_at, first_at, heads)
VALUES (:device_id, :size, :root, :now, :now, 1)
ON CONFLICT (device_id) DO UPDATE SET size = :size, root = :root, taken_at = :now, heads = heads + 1
