UPDATE conflict SET status = 1, resolved_at = :now, resolved_by = :by
WHERE conflict_id = :conflict_id
