-- Append-only. mac is over the entry and its place, under the audit key.
CREATE TABLE audit_entry (
    seq       INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor_no  INTEGER NOT NULL,
    device_no INTEGER NOT NULL,
    action_no INTEGER NOT NULL,
    type_no   INTEGER,
    id        ANY,
    version   INTEGER,
    digest    BLOB,
    mac       BLOB NOT NULL
) STRICT;

-- The Merkle tree over all entries: its size, its frontier of full subtrees, and a mac over both.
CREATE TABLE audit_head (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    size     INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    at       INTEGER NOT NULL,
    mac      BLOB NOT NULL
) STRICT;
