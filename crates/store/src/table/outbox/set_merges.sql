UPDATE outbox SET merges = :merges WHERE row_id = :row_id
