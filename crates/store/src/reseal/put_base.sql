UPDATE base SET body = :body WHERE row_id = :number AND :name = ''
