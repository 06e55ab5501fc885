SELECT name, display_name, role, password_hash, removed_at FROM user_account WHERE name = :name
