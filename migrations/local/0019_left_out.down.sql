CREATE TABLE outbox_by_seq (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    row_id          INTEGER NOT NULL UNIQUE,
    operation       INTEGER NOT NULL,
    queued_at       INTEGER NOT NULL,
    edited_at       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    state           INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    merges          INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Two changes queued at once may share a place; here each has its own.
INSERT INTO outbox_by_seq
    (row_id, operation, queued_at, edited_at, attempts, next_attempt_at, state, last_error, merges)
SELECT row_id, operation, queued_at, edited_at, attempts, next_attempt_at, state, last_error, merges
FROM outbox ORDER BY seq, row_id;

DROP TABLE outbox;
ALTER TABLE outbox_by_seq RENAME TO outbox;

DROP TABLE left_out;
