SELECT begins_at, body FROM attachment_chunk
WHERE attachment_id = :id AND begins_at + length(body) > :from AND begins_at < :to
ORDER BY begins_at
