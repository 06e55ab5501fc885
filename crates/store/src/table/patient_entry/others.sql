SELECT count(*) FILTER (WHERE status IN (1, 2)) AS pending,
       count(*) FILTER (WHERE status = 3) AS conflicts,
       count(*) FILTER (WHERE status = 4) AS rejected
FROM resource INDEXED BY resource_unsynced
WHERE patient_no = :patient_no AND status <> 0
