patient_no IN (SELECT patient_no FROM resource INDEXED BY resource_unsynced
                WHERE status <> 0 AND status <> 5 AND patient_no IS NOT NULL)
