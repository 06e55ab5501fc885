UPDATE escalation SET decided_version = :version, told = 0 WHERE conflict_id = :conflict_id
