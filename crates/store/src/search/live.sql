AND r.deleted_at IS NULL AND (? >> r.class) & 1
