UPDATE conflict SET
    status = 0, resolved_at = NULL, resolved_by = NULL, decided_version = NULL, told = 0,
    remote_version = :remote_version, remote_clock = :remote_clock,
    local_clock = :local_clock, local_version = :local_version
WHERE conflict_id = :conflict_id
