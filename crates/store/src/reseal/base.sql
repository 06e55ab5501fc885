SELECT r.type_no, r.id, b.class, b.version, b.deleted, b.body, '' AS name
FROM base b JOIN resource r ON r.row_id = b.row_id WHERE b.row_id = :number
