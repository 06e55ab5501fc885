UPDATE escalation_part SET body = :body WHERE no = :number AND part = :name
