SELECT operation, edited_at, attempts, next_attempt_at, state, last_error
FROM outbox WHERE row_id = :row_id
