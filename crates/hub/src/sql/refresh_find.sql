SELECT user_name, device_id, expires_at, used_at FROM refresh_token WHERE token_hash = :token_hash
