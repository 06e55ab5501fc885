DELETE FROM refresh_token WHERE user_name = :user_name
