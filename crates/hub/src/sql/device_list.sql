SELECT device.id AS id, name, user_name, enrolled_at, last_signed_in_at, revoked_at, revoked_by,
       head.size AS head_size, lower(hex(head.root)) AS head_root, head.taken_at AS head_at,
       head.first_at AS head_first_at, head.heads AS head_count,
       conflict.kind AS conflict_kind, conflict.size AS conflict_size,
       lower(hex(conflict.root)) AS conflict_root, conflict.first_at AS conflict_first_at,
       conflict.last_at AS conflict_at, conflict.heads AS conflict_count
FROM device
LEFT JOIN audit_head AS head ON head.device_id = device.id
LEFT JOIN audit_head_conflict AS conflict ON conflict.device_id = device.id
WHERE :user_name IS NULL OR user_name = :user_name
ORDER BY enrolled_at, device.id
