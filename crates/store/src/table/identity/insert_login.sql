INSERT INTO login (name, display_name, role, created_at)
VALUES (:name, :display_name, :role, :now)
