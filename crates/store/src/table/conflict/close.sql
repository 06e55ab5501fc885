UPDATE conflict SET
    status = 1, resolved_at = :now, resolved_by = :by, decided_version = :version, told = 0,
    batch = NULL
WHERE conflict_id = :conflict_id
