DELETE FROM refresh_token WHERE user_name = :user_name AND device_id IS :device_id
