-- Deletions of the server that wait: for the end of the pull they came with, or (over = 1), when they
-- are too many to be taken unseen, for a person. row_id is of `resource`, which lives on meanwhile.
CREATE TABLE held_deletion (
    row_id         INTEGER PRIMARY KEY,
    server_version TEXT NOT NULL,
    clock          BLOB NOT NULL,
    last_modified  INTEGER NOT NULL,
    device_id      TEXT,
    device_name    TEXT,
    author         TEXT,
    edited_at      INTEGER,
    over           INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Charts of which copies were removed to save room: what is missing of them is no difference to the
-- server. patient_no is of `compartment`.
CREATE TABLE thinned_chart (
    patient_no INTEGER PRIMARY KEY,
    thinned_at INTEGER NOT NULL
) STRICT;
