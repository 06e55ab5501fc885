-- Rows that belong to a plain FHIR server, by its name in `word`. A row that is not here belongs to the
-- hub, or to no server yet.
CREATE TABLE remote_row (
    row_id    INTEGER PRIMARY KEY,
    remote_no INTEGER NOT NULL
) STRICT;

CREATE INDEX remote_row_of ON remote_row (remote_no);

-- Ids given up for those that a server chose: what was known here by id is row_id now.
CREATE TABLE adopted_id (
    type_no INTEGER NOT NULL,
    id      ANY NOT NULL,
    row_id  INTEGER NOT NULL,
    PRIMARY KEY (type_no, id)
) STRICT, WITHOUT ROWID;
