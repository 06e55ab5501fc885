SELECT a.no, a.row_id, a.url, a.id, a.class, a.own, a.standing, a.content_type, a.declared_bytes,
       a.declared_hash, a.total_bytes, a.held_bytes, a.sent_bytes, a.validator, a.sha256,
       a.verified_by, a.sent_as, a.attempts, a.next_attempt_at, a.reason, a.changed_at,
       r.type_no, r.id AS owner_id, c.id AS patient
FROM attachment a
JOIN resource r ON r.row_id = a.row_id
LEFT JOIN compartment c ON c.no = r.patient_no
LEFT JOIN remote_row m ON m.row_id = a.row_id
LEFT JOIN resource p ON m.row_id IS NULL AND p.type_no = :patient_type AND p.id = c.id
LEFT JOIN remote_row pm ON pm.row_id = p.row_id
LEFT JOIN word w ON w.no = coalesce(m.remote_no, pm.remote_no)
WHERE a.standing IN (0, 2)
  AND (:readable >> a.class) & 1
  AND r.deleted_at IS NULL
  AND (:now IS NULL OR a.next_attempt_at IS NULL OR a.next_attempt_at <= :now)
  AND (w.text = :remote OR (w.text IS NULL AND :unclaimed))
ORDER BY a.standing DESC, a.attempts, coalesce(a.total_bytes, a.declared_bytes, 0), a.no
LIMIT :limit
