INSERT INTO accepted_op (op_id, content_hash, reply, accepted_at)
VALUES (:op_id, :content_hash, :reply, :now)
