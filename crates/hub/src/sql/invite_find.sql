SELECT code_hash, user_name, expires_at, used_at, used_by FROM invite WHERE code_hash = :code_hash
