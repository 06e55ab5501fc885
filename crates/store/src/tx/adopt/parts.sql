SELECT k.row_id AS number, k.conflict_id || ':' || p.part AS name, k.class, 0 AS version, p.deleted,
       p.body
FROM conflict k JOIN conflict_part p ON p.conflict_id = k.conflict_id
WHERE k.row_id = :row_id
