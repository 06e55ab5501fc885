SELECT coalesce(sum(n) FILTER (WHERE status IN (1, 2)), 0) AS pending,
       coalesce(sum(n) FILTER (WHERE status = 3), 0) AS conflicts,
       coalesce(sum(n) FILTER (WHERE status = 4), 0) AS rejected
FROM (SELECT status, count(*) AS n FROM resource INDEXED BY resource_unsynced
      WHERE patient_no = :patient_no AND status <> 0 GROUP BY status)
