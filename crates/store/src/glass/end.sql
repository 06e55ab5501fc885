UPDATE glass SET ended_at = :now, told_at = NULL
WHERE until > :now AND ended_at IS NULL AND (:all OR actor = :actor) AND (:seq IS NULL OR seq = :seq)
RETURNING seq, patient
