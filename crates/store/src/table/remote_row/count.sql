SELECT r.type_no, count(*) AS n
FROM remote_row m
JOIN resource r ON r.row_id = m.row_id
LEFT JOIN base b ON b.row_id = r.row_id
WHERE m.remote_no = :remote_no
    AND ((r.status = 0 AND r.deleted_at IS NULL) OR (b.row_id IS NOT NULL AND b.deleted = 0))
GROUP BY r.type_no
