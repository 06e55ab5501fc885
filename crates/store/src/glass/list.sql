SELECT seq, actor, patient, opened_at, until, ended_at, reason FROM glass
WHERE :all OR actor = :actor
ORDER BY seq DESC
