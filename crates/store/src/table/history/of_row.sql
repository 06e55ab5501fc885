SELECT version, class, deleted, server_version, clock, last_modified, device_no, author_no, body
FROM history WHERE row_id = :row_id ORDER BY version DESC, entry_id DESC
