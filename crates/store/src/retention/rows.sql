SELECT r.row_id, r.type_no, r.id, r.patient_no, r.class, r.status, r.ticks, r.clock,
       max(r.last_modified, coalesce(c.last_accessed, 0)) AS last_used,
       p.patient IS NOT NULL AS pinned,
       EXISTS (SELECT 1 FROM outbox o WHERE o.row_id = r.row_id)
           OR EXISTS (SELECT 1 FROM in_flight f WHERE f.row_id = r.row_id)
           OR EXISTS (SELECT 1 FROM base b WHERE b.row_id = r.row_id)
           OR EXISTS (SELECT 1 FROM conflict k WHERE k.row_id = r.row_id AND k.status = 0)
           OR EXISTS (SELECT 1 FROM attachment a WHERE a.row_id = r.row_id
               AND (a.standing = 2 OR a.sent_as IS NOT NULL)) AS busy
FROM resource r
LEFT JOIN compartment c ON c.no = r.patient_no
LEFT JOIN pin p ON p.patient = c.id
ORDER BY r.row_id
