SELECT type, id, version
FROM resource INDEXED BY resource_by_patient
WHERE patient = :patient
  AND deleted = 0
  AND class IN (SELECT value FROM json_each(:classes))
