-- Ids of patients that sealed bodies leave out and name by number. A row never changes: the bodies that
-- name it are bound to it.
CREATE TABLE left_out (
    no INTEGER PRIMARY KEY,
    id ANY NOT NULL UNIQUE
) STRICT;

-- At most one change waits for each row, so the row is its key; seq tells the place in the queue.
CREATE TABLE outbox_by_row (
    row_id          INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    operation       INTEGER NOT NULL,
    queued_at       INTEGER NOT NULL,
    edited_at       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    state           INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    merges          INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO outbox_by_row
    (row_id, seq, operation, queued_at, edited_at, attempts, next_attempt_at, state, last_error, merges)
SELECT row_id, seq, operation, queued_at, edited_at, attempts, next_attempt_at, state, last_error, merges
FROM outbox;

DROP TABLE outbox;
ALTER TABLE outbox_by_row RENAME TO outbox;
