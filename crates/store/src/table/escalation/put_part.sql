UPDATE escalation_part SET body = :body WHERE no = :no
