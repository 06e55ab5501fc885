-- Which store and device this is.
CREATE TABLE identity (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    store_id    TEXT NOT NULL,
    device_id   TEXT NOT NULL,
    device_name TEXT NOT NULL,
    clinic      TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE login (
    name          TEXT PRIMARY KEY,
    display_name  TEXT NOT NULL,
    role          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    last_unlocked INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Words that recur in many rows (resource types, devices, users, code systems), once each.
CREATE TABLE word (
    no   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- The charts: one row per patient id that any resource belongs to. A UUID is kept as 16 bytes.
CREATE TABLE compartment (
    no            INTEGER PRIMARY KEY,
    id            ANY NOT NULL UNIQUE,
    last_synced   INTEGER,
    last_accessed INTEGER
) STRICT;

-- Counts kept by the transactions that change them.
CREATE TABLE tally (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
