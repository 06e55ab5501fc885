SELECT max(seen_at) AS last_seen FROM resource INDEXED BY resource_seen
WHERE patient_no = :patient_no AND seen_at IS NOT NULL
