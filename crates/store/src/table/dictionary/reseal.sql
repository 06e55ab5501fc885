UPDATE dictionary SET body = :body WHERE no = :no
