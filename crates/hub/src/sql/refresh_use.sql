UPDATE refresh_token SET used_at = coalesce(used_at, :now) WHERE token_hash = :token_hash
