SELECT class FROM escalation WHERE conflict_id = :conflict_id
