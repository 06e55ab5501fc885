-- What a decision must know later: what this device's side had seen and which version it was, which
-- version the decision became, whether the server has taken that, and with which others it was made.
ALTER TABLE conflict ADD COLUMN local_clock BLOB;
ALTER TABLE conflict ADD COLUMN local_version INTEGER;
ALTER TABLE conflict ADD COLUMN decided_version INTEGER;
ALTER TABLE conflict ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conflict ADD COLUMN batch TEXT;

CREATE INDEX conflict_untold ON conflict (row_id) WHERE told = 0 AND decided_version IS NOT NULL;
CREATE INDEX conflict_batch ON conflict (batch) WHERE batch IS NOT NULL;

-- Conflicts before the whole clinic: put there from here (own), or told of by the hub. status is empty
-- until the hub has answered. decided_version is the version that a decision made here became.
CREATE TABLE escalation (
    conflict_id     TEXT PRIMARY KEY,
    type_no         INTEGER NOT NULL,
    id              ANY NOT NULL,
    class           INTEGER NOT NULL,
    own             INTEGER NOT NULL,
    status          TEXT NOT NULL,
    decided_version INTEGER,
    told            INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX escalation_of ON escalation (type_no, id);

-- What the hub told of it (part `record`), and acts that the hub has still to hear of, in their order.
CREATE TABLE escalation_part (
    no          INTEGER PRIMARY KEY AUTOINCREMENT,
    conflict_id TEXT NOT NULL,
    part        TEXT NOT NULL,
    body        BLOB NOT NULL
) STRICT;

CREATE INDEX escalation_part_of ON escalation_part (conflict_id);

-- How often something happened, by day since 1970 (UTC) and label; nothing of a patient.
CREATE TABLE occurrence (
    name  TEXT NOT NULL,
    label TEXT NOT NULL,
    day   INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (name, label, day)
) STRICT, WITHOUT ROWID;

-- How often a change was merged with others since the server last took one: a loop goes to a person.
ALTER TABLE outbox ADD COLUMN merges INTEGER NOT NULL DEFAULT 0;
