-- Charts that are never pruned. patient is an id as in compartment.
CREATE TABLE pin (
    patient   ANY PRIMARY KEY NOT NULL,
    pinned_at INTEGER NOT NULL,
    pinned_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Audit entries that lie in sealed files beside the database. mac is over number, span and digest.
CREATE TABLE audit_archive (
    no        INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    digest    BLOB NOT NULL,
    mac       BLOB NOT NULL
) STRICT;
