-- Generations of the class keys. seals counts upward in blocks, so that it is never below the truth.
-- Of what was sealed before it was counted, eight to an audit entry is more than there can be.
CREATE TABLE key_generation (
    class        INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    seals        INTEGER NOT NULL,
    destroyed_at INTEGER,
    PRIMARY KEY (class, generation)
) STRICT, WITHOUT ROWID;

INSERT INTO key_generation (class, generation, made_at, seals)
SELECT c.class, 1, i.created_at, 8 * (SELECT coalesce(max(size), 0) FROM audit_head)
FROM identity i, (SELECT 0 AS class UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) c;

-- epoch grows with every change of keys, so that whoever has the store open learns of it.
CREATE TABLE key_state (
    only             INTEGER PRIMARY KEY CHECK (only = 1),
    epoch            INTEGER NOT NULL,
    blind_generation INTEGER NOT NULL
) STRICT;

INSERT INTO key_state (only, epoch, blind_generation) VALUES (1, 1, 1);

-- Who broke the glass, for which patient, until when. reason is sealed to those who review.
CREATE TABLE glass (
    seq       INTEGER PRIMARY KEY,
    actor     TEXT NOT NULL,
    patient   TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    reason    BLOB NOT NULL
) STRICT;
