DELETE FROM login WHERE name = :user
