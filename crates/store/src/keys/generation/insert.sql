INSERT INTO key_generation (class, generation, made_at, seals) VALUES (:class, :generation, :now, 0)
