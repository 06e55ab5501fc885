SELECT no, id FROM compartment WHERE no > :after ORDER BY no LIMIT :limit
