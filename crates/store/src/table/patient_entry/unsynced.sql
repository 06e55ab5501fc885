SELECT coalesce(sum(status IN (1, 2)), 0) AS pending,
       coalesce(sum(status = 3), 0) AS conflicts,
       coalesce(sum(status = 4), 0) AS rejected
FROM resource INDEXED BY resource_unsynced
WHERE patient_no = :patient_no AND status <> 0
