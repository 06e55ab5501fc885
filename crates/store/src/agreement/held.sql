SELECT h.row_id, r.type_no, r.id, h.server_version, h.clock, h.last_modified, h.device_id,
       h.device_name, h.author, h.edited_at, h.over, m.remote_no
FROM held_deletion h
JOIN resource r ON r.row_id = h.row_id
LEFT JOIN remote_row m ON m.row_id = h.row_id
WHERE (:readable >> r.class) & 1
ORDER BY h.row_id
