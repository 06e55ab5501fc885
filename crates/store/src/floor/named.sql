SELECT p.row_id, r.body,
       (SELECT max(e.seen_at) FROM resource e INDEXED BY resource_seen
        WHERE e.patient_no = p.patient_no AND e.seen_at IS NOT NULL) AS last_seen,
       (SELECT count(*) FROM resource u INDEXED BY resource_unsynced
        WHERE u.patient_no = p.patient_no AND u.status <> 0) AS unsynced,
       c.last_synced
FROM patient_entry p
JOIN resource r ON r.row_id = p.row_id
JOIN compartment c ON c.no = p.patient_no
WHERE p.row_id IN (SELECT row_id FROM term WHERE kind = 1 AND text >= :from AND text < :until)
ORDER BY p.sort_name, p.row_id LIMIT :limit
