SELECT r.type_no, r.id, f.class, f.row_version AS version, f.deleted, f.body, '' AS name
FROM in_flight f JOIN resource r ON r.row_id = f.row_id WHERE f.seq = :number
