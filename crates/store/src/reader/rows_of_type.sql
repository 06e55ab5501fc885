SELECT row_id FROM resource
WHERE type_no = :type_no AND deleted_at IS NULL AND (:readable >> class) & 1
