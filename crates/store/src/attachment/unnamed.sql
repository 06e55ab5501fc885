WHERE a.sent_as IS NOT NULL AND (:readable >> a.class) & 1 AND r.deleted_at IS NULL
