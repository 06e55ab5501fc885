SELECT d.type_no, d.id, d.class, d.version, d.deleted, p.body, p.part AS name
FROM discarded_part p JOIN discarded d ON d.audit_seq = p.audit_seq
WHERE p.audit_seq = :number
