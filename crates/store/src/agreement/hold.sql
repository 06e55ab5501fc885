INSERT INTO held_deletion (
    row_id, server_version, clock, last_modified, device_id, device_name, author, edited_at
) VALUES (
    :row_id, :server_version, :clock, :last_modified, :device_id, :device_name, :author, :edited_at
) ON CONFLICT (row_id) DO UPDATE SET
    server_version = :server_version, clock = :clock, last_modified = :last_modified,
    device_id = :device_id, device_name = :device_name, author = :author, edited_at = :edited_at
