INSERT INTO outbox (row_id, seq, operation, queued_at, edited_at, attempts, next_attempt_at, state, last_error)
VALUES (:row_id, :seq, :operation, :edited_at, :edited_at, :attempts, :next_attempt_at, :state, :last_error)
