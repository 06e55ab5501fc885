INSERT INTO refresh_token (token_hash, user_name, device_id, issued_at, expires_at)
VALUES (:token_hash, :user_name, :device_id, :now, :expires_at)
