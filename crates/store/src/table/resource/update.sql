UPDATE resource SET
    patient_no = :patient_no, class = :class, version = :version,
    server_version = :server_version, clock = :clock, ticks = :ticks,
    last_modified = :last_modified, device_no = :device_no, author_no = :author_no,
    status = :status, deleted_at = :deleted_at, deleted_by_no = :deleted_by_no,
    seen_at = :seen_at, body = :body
WHERE row_id = :row_id
