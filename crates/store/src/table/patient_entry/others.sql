SELECT count(*) FILTER (WHERE status = 2) AS in_flight,
       count(*) FILTER (WHERE status = 3) AS conflicts,
       count(*) FILTER (WHERE status = 4) AS rejected
FROM resource INDEXED BY resource_unsynced
WHERE patient_no = :patient_no AND status <> 0 AND status > 1
