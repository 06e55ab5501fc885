-- Emergency access on a device: who opened which patient's sensitive records, when, and until when.
CREATE TABLE glass_alert (
    device_id   TEXT    NOT NULL REFERENCES device (id),
    seq         INTEGER NOT NULL CHECK (seq > 0),
    actor       TEXT    NOT NULL,
    patient     TEXT    NOT NULL,
    opened_at   INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    ended_at    INTEGER,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX glass_alert_opened ON glass_alert (opened_at);
