-- Content that resources refer to by an attachment's url, `Binary/{id}` at their own server. row_id is
-- of `resource`. id is the Binary's id when the content began to be kept, which its chunks are sealed
-- to; url is where the resource says it is now. own = 1: made here. standing: 0 wanted, 1 whole, 2 to be
-- sent, 3 at another server. sha256 is set once the content is whole and verified. reason is why the last
-- attempt failed. sent_as is the id that the server chose for it, until the resource says so.
CREATE TABLE attachment (
    no              INTEGER PRIMARY KEY AUTOINCREMENT,
    row_id          INTEGER NOT NULL,
    url             TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    class           INTEGER NOT NULL,
    own             INTEGER NOT NULL,
    standing        INTEGER NOT NULL,
    content_type    TEXT,
    declared_bytes  INTEGER,
    declared_hash   TEXT,
    total_bytes     INTEGER,
    held_bytes      INTEGER NOT NULL DEFAULT 0,
    sent_bytes      INTEGER NOT NULL DEFAULT 0,
    validator       TEXT,
    sha256          BLOB,
    verified_by     TEXT,
    sent_as         TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    reason          TEXT,
    changed_at      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX attachment_of ON attachment (row_id, url);
CREATE INDEX attachment_due ON attachment (standing) WHERE standing IN (0, 2);

-- Content, sealed piece by piece; begins_at is the first byte's place in it.
CREATE TABLE attachment_chunk (
    chunk_no      INTEGER PRIMARY KEY AUTOINCREMENT,
    attachment_no INTEGER NOT NULL,
    begins_at     INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    body          BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX attachment_chunk_of ON attachment_chunk (attachment_no, begins_at);
