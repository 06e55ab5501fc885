UPDATE user_account SET password_hash = :password_hash WHERE name = :name
