UPDATE resource SET body = :body WHERE row_id = :number
