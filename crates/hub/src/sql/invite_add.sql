INSERT INTO invite (code_hash, user_name, created_at, expires_at)
VALUES (:code_hash, :user_name, :now, :expires_at)
