UPDATE history SET body = :body WHERE entry_id = :number AND :name = ''
