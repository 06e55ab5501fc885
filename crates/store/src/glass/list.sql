SELECT seq, actor, patient, opened_at, until, reason FROM glass
WHERE :all OR actor = :actor
ORDER BY seq DESC
