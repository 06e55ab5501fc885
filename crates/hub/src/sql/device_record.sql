INSERT INTO device (id, name, user_name, enrolled_at, last_signed_in_at)
VALUES (:id, coalesce(:name, 'unnamed device'), :user_name, :now, :now)
ON CONFLICT (id) DO UPDATE SET name = coalesce(:name, name), last_signed_in_at = :now
