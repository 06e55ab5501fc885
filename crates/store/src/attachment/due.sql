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
