-- operation: 0 create, 1 update, 2 delete. state: 0 pending, 1 syncing, 2 conflict, 3 rejected.
CREATE TABLE outbox (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    row_id          INTEGER NOT NULL UNIQUE,
    operation       INTEGER NOT NULL,
    queued_at       INTEGER NOT NULL,
    edited_at       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    state           INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT
) STRICT;

-- What was sent, exactly, until its outcome is known. A number is never used twice.
CREATE TABLE in_flight (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    row_id       INTEGER NOT NULL UNIQUE,
    operation    INTEGER NOT NULL,
    class        INTEGER NOT NULL,
    deleted      INTEGER NOT NULL,
    base_version TEXT,
    clock        BLOB NOT NULL,
    row_version  INTEGER NOT NULL,
    edited_at    INTEGER NOT NULL,
    body         BLOB NOT NULL
) STRICT;
