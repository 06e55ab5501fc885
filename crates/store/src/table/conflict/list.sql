SELECT k.conflict_id, k.row_id, k.class, r.type_no, r.id, c.id AS patient, k.kind, k.rule,
       k.remote_version, k.remote_clock, k.remote_modified, k.remote_device_id, k.remote_device,
       k.remote_author, k.remote_at, k.local_author, k.local_at, k.local_device, k.retry_count,
       k.status, k.opened_at, k.resolved_at, k.resolved_by, k.local_clock, k.local_version,
       k.decided_version, k.batch
FROM conflict k
JOIN resource r ON r.row_id = k.row_id
LEFT JOIN compartment c ON c.no = r.patient_no
WHERE (NOT :open_only OR k.status = 0) AND (:readable >> k.class) & 1
ORDER BY k.opened_at, k.conflict_id
