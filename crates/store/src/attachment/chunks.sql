SELECT chunk_no, begins_at, bytes, body FROM attachment_chunk
WHERE attachment_no = :no AND begins_at + bytes > :from ORDER BY begins_at
