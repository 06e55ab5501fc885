SELECT r.type_no, r.id, k.class, 0 AS version, p.deleted, p.body, k.conflict_id, p.part,
       k.conflict_id || ':' || p.part AS name
FROM conflict k
JOIN conflict_part p ON p.conflict_id = k.conflict_id
JOIN resource r ON r.row_id = k.row_id
WHERE k.row_id = :number
