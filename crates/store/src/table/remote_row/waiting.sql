SELECT r.type_no, r.id, coalesce(m.remote_no, pm.remote_no) AS remote_no
FROM outbox o
JOIN resource r ON r.row_id = o.row_id
LEFT JOIN remote_row m ON m.row_id = o.row_id
LEFT JOIN compartment c ON c.no = r.patient_no
LEFT JOIN resource p ON p.type_no = :patient_type AND p.id = c.id
LEFT JOIN remote_row pm ON pm.row_id = p.row_id
WHERE coalesce(m.remote_no, pm.remote_no) IS NOT NULL
