-- The head of each device's audit log that was taken last; it only ever grows.
CREATE TABLE audit_head (
    device_id TEXT    PRIMARY KEY REFERENCES device (id),
    size      INTEGER NOT NULL CHECK (size > 0),
    root      BLOB    NOT NULL CHECK (length(root) = 32),
    taken_at  INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    heads     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last head that did not continue the one taken before it, and how many there were.
CREATE TABLE audit_head_conflict (
    device_id TEXT    PRIMARY KEY REFERENCES device (id),
    kind      TEXT    NOT NULL CHECK (kind IN ('smaller', 'other-root', 'inconsistent', 'unproven', 'malformed')),
    size      INTEGER NOT NULL,
    root      BLOB             CHECK (length(root) = 32),
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    heads     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
