SELECT patient, until FROM glass
WHERE actor = :actor AND opened_at <= :now AND until > :now
ORDER BY seq DESC LIMIT 1
