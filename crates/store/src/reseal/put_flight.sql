UPDATE in_flight SET body = :body WHERE seq = :number AND :name = ''
