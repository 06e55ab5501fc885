INSERT INTO attachment_chunk (attachment_no, begins_at, bytes, body)
VALUES (:no, :begins_at, :bytes, :body)
