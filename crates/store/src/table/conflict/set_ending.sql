UPDATE conflict SET resolved_by = :by WHERE conflict_id = :conflict_id AND status = 1
