UPDATE key_generation SET destroyed_at = :now
WHERE class = :class AND generation = :generation AND destroyed_at IS NULL
