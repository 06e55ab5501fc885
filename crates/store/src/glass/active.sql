SELECT patient, until FROM glass
WHERE actor = :actor AND opened_at <= :now AND until > :now AND ended_at IS NULL
ORDER BY seq DESC LIMIT 1
