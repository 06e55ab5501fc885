SELECT e.type_no, e.id, e.class, 0 AS version, 0 AS deleted, p.body, e.conflict_id, p.part,
       p.part AS name
FROM escalation_part p
JOIN escalation e ON e.conflict_id = p.conflict_id
WHERE p.no = :number
