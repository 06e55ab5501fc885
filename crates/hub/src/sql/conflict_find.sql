SELECT id, type, resource_id, class, kind, status, device_id, device_name, escalated_by, escalated_at,
       opened_at, closed_at, assignee, reopened, sides, proposal, ending, seq
FROM conflict WHERE id = :id
