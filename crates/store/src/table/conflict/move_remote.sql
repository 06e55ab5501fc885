UPDATE conflict SET
    remote_version = :remote_version, remote_clock = :remote_clock, remote_modified = :remote_modified
WHERE conflict_id = :conflict_id
