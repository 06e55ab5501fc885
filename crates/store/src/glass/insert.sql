INSERT INTO glass (seq, actor, patient, opened_at, until, reason)
VALUES (:seq, :actor, :patient, :opened_at, :until, :reason)
