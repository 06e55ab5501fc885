SELECT deleted, body FROM conflict_part WHERE conflict_id = :conflict_id AND part = :part
