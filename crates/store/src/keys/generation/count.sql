UPDATE key_generation SET seals = seals + :n WHERE class = :class AND generation = :generation
RETURNING seals
