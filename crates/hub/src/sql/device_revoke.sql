UPDATE device SET revoked_at = :now, revoked_by = :revoked_by WHERE id = :id AND revoked_at IS NULL
