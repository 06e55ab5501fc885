DROP TABLE audit_head_conflict;
DROP TABLE audit_head;
