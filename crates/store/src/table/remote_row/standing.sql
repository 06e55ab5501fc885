SELECT r.server_version, r.status, r.deleted_at, b.server_version AS base_version,
       k.remote_version AS conflict_version
FROM resource r
LEFT JOIN base b ON b.row_id = r.row_id
LEFT JOIN conflict k ON k.row_id = r.row_id AND k.status = 0
WHERE r.type_no = :type_no AND r.id = :id
