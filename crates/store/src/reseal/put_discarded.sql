UPDATE discarded_part SET body = :body WHERE audit_seq = :number AND part = :name
