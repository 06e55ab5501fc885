INSERT INTO device (id, name, user_name, enrolled_at, last_signed_in_at)
VALUES (:id, coalesce(:name, 'unnamed device'), :user_name, :now, :now)
ON CONFLICT (id) DO UPDATE SET
    name              = CASE user_name WHEN :user_name THEN coalesce(:name, name) ELSE name END,
    last_signed_in_at = :now
