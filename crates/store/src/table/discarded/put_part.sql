INSERT INTO discarded_part (audit_seq, part, body) VALUES (:audit_seq, :part, :body)
