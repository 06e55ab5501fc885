-- class: 0 core, 1 clinical, 2 sensitive, 3 admin.
-- status: 0 synced, 1 pending, 2 syncing, 3 conflict, 4 rejected, 5 local only.
-- Numbers ending in _no are of `word`, patient_no of `compartment`; ids that are UUIDs are 16 bytes.
-- body is sealed; of a tombstone it is the seal of nothing, so that a deletion cannot be forged.
CREATE TABLE resource (
    row_id         INTEGER PRIMARY KEY,
    type_no        INTEGER NOT NULL,
    id             ANY NOT NULL,
    patient_no     INTEGER,
    class          INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    server_version TEXT,
    clock          BLOB NOT NULL,
    ticks          INTEGER NOT NULL,
    last_modified  INTEGER NOT NULL,
    device_no      INTEGER NOT NULL,
    author_no      INTEGER,
    status         INTEGER NOT NULL,
    deleted_at     INTEGER,
    deleted_by_no  INTEGER,
    seen_at        TEXT,
    body           BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX resource_key ON resource (type_no, id);
CREATE INDEX resource_chart ON resource (patient_no, type_no) WHERE patient_no IS NOT NULL;
CREATE INDEX resource_modified ON resource (type_no, last_modified);
CREATE INDEX resource_unsynced ON resource (patient_no, status) WHERE status <> 0;
CREATE INDEX resource_seen ON resource (patient_no, seen_at) WHERE seen_at IS NOT NULL;

-- Earlier versions, their bodies sealed as they were.
CREATE TABLE history (
    entry_id       INTEGER PRIMARY KEY,
    row_id         INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    class          INTEGER NOT NULL,
    deleted        INTEGER NOT NULL,
    server_version TEXT,
    clock          BLOB NOT NULL,
    last_modified  INTEGER NOT NULL,
    device_no      INTEGER NOT NULL,
    author_no      INTEGER,
    body           BLOB NOT NULL
) STRICT;

CREATE INDEX history_row ON history (row_id, version);

-- The last version in common with the server, while the row differs from it.
CREATE TABLE base (
    row_id         INTEGER PRIMARY KEY,
    class          INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    deleted        INTEGER NOT NULL,
    server_version TEXT,
    clock          BLOB NOT NULL,
    body           BLOB NOT NULL
) STRICT;
