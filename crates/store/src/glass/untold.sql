SELECT seq, actor, patient, opened_at, until, ended_at FROM glass
WHERE told_at IS NULL
ORDER BY seq LIMIT 100
