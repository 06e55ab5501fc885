SELECT r.type_no, r.id, h.class, h.version, h.deleted, h.body, '' AS name
FROM history h JOIN resource r ON r.row_id = h.row_id WHERE h.entry_id = :number
