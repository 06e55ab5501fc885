-- status: 0 open, 1 resolved.
CREATE TABLE conflict (
    conflict_id      TEXT PRIMARY KEY,
    row_id           INTEGER NOT NULL,
    class            INTEGER NOT NULL,
    kind             TEXT NOT NULL,
    rule             TEXT NOT NULL,
    remote_version   TEXT NOT NULL,
    remote_clock     BLOB NOT NULL,
    remote_modified  INTEGER NOT NULL,
    remote_device_id TEXT,
    remote_device    TEXT,
    remote_author    TEXT,
    remote_at        INTEGER NOT NULL,
    local_author     TEXT,
    local_at         INTEGER NOT NULL,
    local_device     TEXT NOT NULL,
    retry_count      INTEGER NOT NULL DEFAULT 0,
    status           INTEGER NOT NULL DEFAULT 0,
    opened_at        INTEGER NOT NULL,
    resolved_at      INTEGER,
    resolved_by      TEXT
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX conflict_open ON conflict (row_id) WHERE status = 0;

-- What a conflict says of a patient, sealed: base, local, remote, fields, draft, reason.
CREATE TABLE conflict_part (
    conflict_id TEXT NOT NULL,
    part        TEXT NOT NULL,
    deleted     INTEGER NOT NULL,
    body        BLOB NOT NULL,
    PRIMARY KEY (conflict_id, part)
) STRICT, WITHOUT ROWID;
