-- Edits that a person gave up before the server took them. audit_seq is the entry of the audit log that
-- says so: it holds a digest over the two parts, and they are kept as long as it. version, operation,
-- edited_at and edited_by_no are of the edit; at, actor_no and device_no of its end.
CREATE TABLE discarded (
    audit_seq    INTEGER PRIMARY KEY,
    type_no      INTEGER NOT NULL,
    id           ANY NOT NULL,
    class        INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    deleted      INTEGER NOT NULL,
    operation    INTEGER NOT NULL,
    edited_at    INTEGER NOT NULL,
    edited_by_no INTEGER,
    at           INTEGER NOT NULL,
    actor_no     INTEGER NOT NULL,
    device_no    INTEGER NOT NULL
) STRICT;

-- What it says of a patient, sealed under the class of the edit: its content (part `body`, of a deletion
-- nothing) and why it was given up (part `circumstances`).
CREATE TABLE discarded_part (
    audit_seq INTEGER NOT NULL,
    part      TEXT NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (audit_seq, part)
) STRICT, WITHOUT ROWID;
