INSERT INTO resource (
    type_no, id, patient_no, class, version, server_version, clock, ticks, last_modified,
    device_no, author_no, status, deleted_at, deleted_by_no, seen_at, body
) VALUES (
    :type_no, :id, :patient_no, :class, :version, :server_version, :clock, :ticks, :last_modified,
    :device_no, :author_no, :status, :deleted_at, :deleted_by_no, :seen_at, :body
)
