SELECT conflict_id FROM escalation
WHERE type_no = :type_no AND id = :id AND decided_version <= :version AND told = 0
ORDER BY conflict_id
