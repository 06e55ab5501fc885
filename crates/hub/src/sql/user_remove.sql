UPDATE user_account SET removed_at = :now, password_hash = NULL WHERE name = :name
