UPDATE login SET last_unlocked = :now WHERE name = :user
