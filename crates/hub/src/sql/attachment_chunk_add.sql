INSERT INTO attachment_chunk (attachment_id, begins_at, body) VALUES (:id, :begins_at, :body)
