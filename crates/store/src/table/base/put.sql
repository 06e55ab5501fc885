INSERT OR REPLACE INTO base (row_id, class, version, deleted, server_version, clock, body)
VALUES (:row_id, :class, :version, :deleted, :server_version, :clock, :body)
