SELECT content_hash, reply FROM accepted_op WHERE op_id = :op_id
