-- Rows whose entries below are not made yet; a search looks at each of them itself.
CREATE TABLE search_pending (
    row_id INTEGER PRIMARY KEY
) STRICT;

INSERT INTO search_pending (row_id) SELECT row_id FROM resource WHERE deleted_at IS NULL;

-- The date by which a type is mostly searched, from its first millisecond on; length_ms is null when
-- it goes on. Of a row whose class is sensitive, or that tells no start, from_ms is the least number.
CREATE TABLE search_date (
    type_no   INTEGER NOT NULL,
    from_ms   INTEGER NOT NULL,
    row_id    INTEGER NOT NULL,
    length_ms INTEGER,
    PRIMARY KEY (type_no, from_ms, row_id)
) STRICT, WITHOUT ROWID;

-- Terms of kind 7 (code) hold the number of a word from now on, as do those of kind 8 (category);
-- those of kind 9 (reference) a hash. Of sensitive rows all are keyed digests as before.
INSERT OR IGNORE INTO word (text)
SELECT DISTINCT text FROM term WHERE kind = 7 AND typeof(text) = 'text';

INSERT OR IGNORE INTO term (kind, text, system_no, row_id)
SELECT t.kind, w.no, t.system_no, t.row_id
FROM term t JOIN word w ON w.text = t.text
WHERE t.kind = 7 AND typeof(t.text) = 'text';

DELETE FROM term WHERE kind = 7 AND typeof(text) = 'text';

-- Live rows only, and all that a list of them needs.
DROP INDEX resource_modified;
CREATE INDEX resource_modified ON resource (type_no, last_modified, class) WHERE deleted_at IS NULL;
