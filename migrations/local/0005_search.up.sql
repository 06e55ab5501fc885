-- One row per live patient. Of a patient whose class is sensitive, name and date are empty.
CREATE TABLE patient_entry (
    row_id     INTEGER PRIMARY KEY,
    patient_no INTEGER NOT NULL,
    class      INTEGER NOT NULL,
    sort_name  TEXT NOT NULL,
    birth_date TEXT
) STRICT;

CREATE INDEX patient_entry_name ON patient_entry (sort_name, row_id, class, patient_no);
CREATE INDEX patient_entry_birth ON patient_entry (birth_date) WHERE birth_date IS NOT NULL;

-- kind: 1 name word, 2 family word, 3 given word, 4 identifier, 5 phone digits, 6 birth date, 7 code.
-- text is folded; of a resource whose class is sensitive it is a keyed digest (16 bytes).
-- system_no is of `word`; 0 for none.
CREATE TABLE term (
    kind      INTEGER NOT NULL,
    text      ANY NOT NULL,
    system_no INTEGER NOT NULL,
    row_id    INTEGER NOT NULL,
    PRIMARY KEY (kind, text, system_no, row_id)
) STRICT, WITHOUT ROWID;
