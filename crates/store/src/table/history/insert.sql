INSERT INTO history (
    row_id, version, class, deleted, server_version, clock, last_modified, device_no, author_no, body
) VALUES (
    :row_id, :version, :class, :deleted, :server_version, :clock, :last_modified, :device_no,
    :author_no, :body
)
