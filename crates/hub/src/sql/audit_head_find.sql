SELECT size, root, taken_at FROM audit_head WHERE device_id = :device_id
