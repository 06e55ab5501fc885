-- The hub itself: one row.
CREATE TABLE hub (
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    hub_id       TEXT    NOT NULL,
    epoch        TEXT    NOT NULL,
    clinic       TEXT    NOT NULL,
    signing_seed BLOB    NOT NULL CHECK (length(signing_seed) = 32),
    created_at   INTEGER NOT NULL
) STRICT;

-- People. A user without a password has been invited and has not yet joined.
CREATE TABLE user_account (
    name          TEXT    PRIMARY KEY,
    display_name  TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT,
    created_at    INTEGER NOT NULL,
    removed_at    INTEGER
) STRICT, WITHOUT ROWID;

-- One-time codes, by their SHA-256.
CREATE TABLE invite (
    code_hash    BLOB    PRIMARY KEY,
    user_name    TEXT    NOT NULL REFERENCES user_account (name),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    used_by      TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id                TEXT    PRIMARY KEY,
    name              TEXT    NOT NULL,
    user_name         TEXT    NOT NULL REFERENCES user_account (name),
    enrolled_at       INTEGER NOT NULL,
    last_signed_in_at INTEGER NOT NULL,
    revoked_at        INTEGER,
    revoked_by        TEXT
) STRICT, WITHOUT ROWID;

-- Refresh tokens by their SHA-256; each is used once.
CREATE TABLE refresh_token (
    token_hash BLOB    PRIMARY KEY,
    user_name  TEXT    NOT NULL REFERENCES user_account (name),
    device_id  TEXT    REFERENCES device (id),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_by_user ON refresh_token (user_name, device_id);

-- Every version of every resource. `seq` is the hub's order; `last_updated` never falls as `seq` rises.
CREATE TABLE resource_version (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    type         TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    operation    TEXT    NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
    class        TEXT    NOT NULL,
    body         BLOB,
    vector_clock TEXT    NOT NULL,
    last_updated INTEGER NOT NULL,
    user_name    TEXT,
    device_id    TEXT,
    edited_at    TEXT,
    UNIQUE (type, id, version),
    CHECK ((operation = 'delete') = (body IS NULL))
) STRICT;
CREATE INDEX resource_version_by_type ON resource_version (type);
CREATE INDEX resource_version_by_time ON resource_version (last_updated);

-- Which version is the current one.
CREATE TABLE resource (
    type    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL REFERENCES resource_version (seq),
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    class   TEXT    NOT NULL,
    patient TEXT,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX resource_by_seq ON resource (seq, class);
CREATE INDEX resource_by_type ON resource (type, seq, deleted, class);
CREATE INDEX resource_by_patient ON resource (patient, type, seq) WHERE patient IS NOT NULL;

-- Business identifiers of current versions, for search and conditional create.
CREATE TABLE resource_identifier (
    type   TEXT NOT NULL,
    value  TEXT NOT NULL,
    system TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (type, value, system, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_identifier_by_resource ON resource_identifier (type, id);

-- What was answered to each accepted op, kept for ever: a lost reply is given again.
CREATE TABLE accepted_op (
    op_id        TEXT    PRIMARY KEY,
    content_hash BLOB    NOT NULL,
    reply        TEXT    NOT NULL,
    accepted_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The join of every clock the hub has taken.
CREATE TABLE seen_clock (
    node  TEXT    PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
