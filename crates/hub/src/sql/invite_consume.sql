UPDATE invite SET used_at = :now, used_by = :used_by WHERE code_hash = :code_hash AND used_at IS NULL
