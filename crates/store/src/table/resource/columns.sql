SELECT r.row_id, r.type_no, r.id, c.id AS patient, r.patient_no, r.class, r.version,
       r.server_version, r.clock, r.ticks, r.last_modified, r.device_no, r.author_no, r.status,
       r.deleted_at, r.deleted_by_no, r.seen_at, c.last_accessed, r.body
FROM resource r
LEFT JOIN compartment c ON c.no = r.patient_no
