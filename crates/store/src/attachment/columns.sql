SELECT a.no, a.row_id, a.url, a.id, a.class, a.own, a.standing, a.content_type, a.declared_bytes,
       a.declared_hash, a.total_bytes, a.held_bytes, a.sent_bytes, a.validator, a.sha256,
       a.verified_by, a.sent_as, a.attempts, a.next_attempt_at, a.reason, a.changed_at,
       r.type_no, r.id AS owner_id, c.id AS patient
FROM attachment a
JOIN resource r ON r.row_id = a.row_id
LEFT JOIN compartment c ON c.no = r.patient_no
