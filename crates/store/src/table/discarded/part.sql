SELECT body FROM discarded_part WHERE audit_seq = :audit_seq AND part = :part
