SELECT f.seq, f.row_id, r.type_no, r.id, f.operation, f.class, f.deleted, f.base_version, f.clock,
       f.row_version, f.edited_at, f.body
FROM in_flight f
JOIN resource r ON r.row_id = f.row_id
WHERE (:readable >> f.class) & 1
ORDER BY f.seq
