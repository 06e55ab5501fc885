SELECT (SELECT max(seen_at) FROM resource INDEXED BY resource_seen
        WHERE patient_no = :patient_no AND seen_at IS NOT NULL) AS last_seen,
       (SELECT count(*) FROM resource INDEXED BY resource_unsynced
        WHERE patient_no = :patient_no AND status <> 0) AS unsynced,
       EXISTS (SELECT 1 FROM resource INDEXED BY resource_unsynced
               WHERE patient_no = :patient_no AND status <> 0 AND status > 1) AS has_others,
       (SELECT last_synced FROM compartment WHERE no = :patient_no) AS last_synced
