INSERT INTO outbox (row_id, seq, operation, queued_at, edited_at, attempts, next_attempt_at, state, last_error)
VALUES (:row_id, :seq, :operation, :edited_at, :edited_at, :attempts, :next_attempt_at, :state, :last_error)
ON CONFLICT (row_id) DO UPDATE SET
    operation = :operation, edited_at = :edited_at, attempts = :attempts,
    next_attempt_at = :next_attempt_at, state = :state, last_error = :last_error
