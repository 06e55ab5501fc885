INSERT INTO occurrence (name, label, day, n) VALUES (:name, :label, :day, 1)
ON CONFLICT (name, label, day) DO UPDATE SET n = n + 1
