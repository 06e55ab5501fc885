INSERT OR REPLACE INTO conflict (
    conflict_id, row_id, class, kind, rule, remote_version, remote_clock, remote_modified,
    remote_device_id, remote_device, remote_author, remote_at, local_author, local_at, local_device,
    local_clock, local_version, retry_count, status, opened_at
) VALUES (
    :conflict_id, :row_id, :class, :kind, :rule, :remote_version, :remote_clock, :remote_modified,
    :remote_device_id, :remote_device, :remote_author, :remote_at, :local_author, :local_at,
    :local_device, :local_clock, :local_version, :retry_count, 0, :opened_at
)
