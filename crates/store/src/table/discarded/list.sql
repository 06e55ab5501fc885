SELECT audit_seq, type_no, id, class, version, operation, edited_at, edited_by_no, at, actor_no, device_no
FROM discarded WHERE :before IS NULL OR audit_seq < :before
ORDER BY audit_seq DESC LIMIT :limit
