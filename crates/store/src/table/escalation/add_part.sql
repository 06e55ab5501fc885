INSERT INTO escalation_part (conflict_id, part, body) VALUES (:conflict_id, :part, :body)
