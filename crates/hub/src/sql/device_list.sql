SELECT id, name, user_name, enrolled_at, last_signed_in_at, revoked_at, revoked_by
FROM device
WHERE :user_name IS NULL OR user_name = :user_name
ORDER BY enrolled_at, id
