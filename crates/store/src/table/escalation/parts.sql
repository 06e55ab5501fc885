SELECT no, part, body FROM escalation_part WHERE conflict_id = :conflict_id ORDER BY no
