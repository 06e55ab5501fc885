SELECT name, display_name, role, last_unlocked FROM login ORDER BY created_at, name
