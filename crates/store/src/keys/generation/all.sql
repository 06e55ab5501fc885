SELECT class, generation, made_at, seals, destroyed_at FROM key_generation ORDER BY class, generation
