SELECT conflict_id, type_no, id, class, own, decided_version,
       decided_version IS NOT NULL AND told = 0 AS decision_waits
FROM escalation
WHERE (:conflict_id IS NULL OR conflict_id = :conflict_id) AND (:readable >> class) & 1
ORDER BY conflict_id
