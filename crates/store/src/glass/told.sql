UPDATE glass SET told_at = :now WHERE seq = :seq AND ended_at IS :ended_at
