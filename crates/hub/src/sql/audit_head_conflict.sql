INSERT INTO audit_head_conflict (device_id, kind, size, root, first_at, last_at, heads)
VALUES (:device_id, :kind, :size, :root, :now, :now, 1)
ON CONFLICT (device_id) DO UPDATE SET
    kind = :kind, size = :size, root = :root, last_at = :now, heads = heads + 1
