INSERT OR REPLACE INTO conflict_part (conflict_id, part, deleted, body)
VALUES (:conflict_id, :part, :deleted, :body)
