-- Conflicts put before the clinic. sides is the conflict as its device told of it, proposal a decision
-- that waits for a second person, ending how it ended; each JSON. seq counts changes to any of them.
CREATE TABLE conflict (
    id           TEXT    PRIMARY KEY,
    type         TEXT    NOT NULL,
    resource_id  TEXT    NOT NULL,
    class        TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('open', 'review', 'resolved', 'closed')),
    device_id    TEXT    NOT NULL,
    device_name  TEXT    NOT NULL,
    escalated_by TEXT    NOT NULL,
    escalated_at INTEGER NOT NULL,
    opened_at    INTEGER NOT NULL,
    closed_at    INTEGER,
    assignee     TEXT,
    reopened     INTEGER NOT NULL DEFAULT 0,
    sides        TEXT    NOT NULL,
    proposal     TEXT,
    ending       TEXT,
    seq          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX conflict_by_seq ON conflict (seq);
CREATE INDEX conflict_by_status ON conflict (status, escalated_at);

-- Who did what about them, kept for ever; an act that comes again is the same act.
CREATE TABLE conflict_act (
    place       INTEGER PRIMARY KEY AUTOINCREMENT,
    act_id      TEXT    NOT NULL UNIQUE,
    conflict_id TEXT    NOT NULL REFERENCES conflict (id),
    act         TEXT    NOT NULL,
    user_name   TEXT    NOT NULL,
    device_id   TEXT,
    at          INTEGER NOT NULL,
    text        TEXT
) STRICT;
CREATE INDEX conflict_act_by_conflict ON conflict_act (conflict_id, place);

-- What the clinic has chosen.
CREATE TABLE hub_setting (
    name   TEXT    PRIMARY KEY,
    value  TEXT    NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How each device said that it stands, at its last contact.
CREATE TABLE device_standing (
    device_id         TEXT    PRIMARY KEY REFERENCES device (id),
    seen_at           INTEGER NOT NULL,
    waiting           INTEGER NOT NULL,
    conflicts         INTEGER NOT NULL,
    rejected          INTEGER NOT NULL,
    oldest_waiting_at TEXT
) STRICT, WITHOUT ROWID;
