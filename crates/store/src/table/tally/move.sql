INSERT INTO tally (kind, name, n) VALUES (:kind, :name, :delta)
ON CONFLICT (kind, name) DO UPDATE SET n = n + :delta
