-- Content of Binary resources that devices send piece by piece. received is how much of it is here;
-- whole once all of it is and its SHA-256 is the one announced.
CREATE TABLE attachment (
    id           TEXT    PRIMARY KEY,
    sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes        INTEGER NOT NULL CHECK (bytes >= 0),
    received     INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0 AND received <= bytes),
    whole        INTEGER NOT NULL DEFAULT 0 CHECK (whole IN (0, 1)),
    content_type TEXT    NOT NULL,
    class        TEXT    NOT NULL,
    op_id        TEXT    NOT NULL,
    user_name    TEXT    NOT NULL,
    device_id    TEXT,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment_chunk (
    attachment_id TEXT    NOT NULL REFERENCES attachment (id),
    begins_at     INTEGER NOT NULL,
    body          BLOB    NOT NULL,
    UNIQUE (attachment_id, begins_at)
) STRICT;
