INSERT INTO hub_setting (name, value, set_at) VALUES (:name, :value, :now)
ON CONFLICT (name) DO UPDATE SET value = :value, set_at = :now
