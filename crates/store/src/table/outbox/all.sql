SELECT o.seq, r.type_no, r.id, o.operation, c.id AS patient, o.queued_at, o.edited_at, o.attempts,
       o.next_attempt_at, o.state, o.last_error, b.server_version AS base_version
FROM outbox o
JOIN resource r ON r.row_id = o.row_id
LEFT JOIN compartment c ON c.no = r.patient_no
LEFT JOIN base b ON b.row_id = o.row_id
WHERE (:readable >> r.class) & 1
ORDER BY o.seq, o.row_id
