SELECT id, name, user_name, enrolled_at, last_signed_in_at, revoked_at, revoked_by
FROM device WHERE id = :id
