SELECT id, type, resource_id, class, kind, status, device_id, device_name, escalated_by, escalated_at,
       opened_at, closed_at, assignee, reopened, sides, proposal, ending, seq
FROM conflict
WHERE seq > :since
  AND (:status IS NULL OR status = :status)
  AND class IN (SELECT value FROM json_each(:classes))
  AND (:hears OR device_id = :device_id)
ORDER BY seq LIMIT :limit
