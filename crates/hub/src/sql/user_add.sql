INSERT INTO user_account (name, display_name, role, password_hash, created_at)
VALUES (:name, coalesce(:display_name, :name), :role, :password_hash, :now)
ON CONFLICT (name) DO UPDATE SET
    display_name  = coalesce(:display_name, display_name),
    role          = excluded.role,
    password_hash = coalesce(excluded.password_hash, password_hash),
    removed_at    = NULL
