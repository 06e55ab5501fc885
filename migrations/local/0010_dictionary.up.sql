-- Dictionaries trained on this store's own rows, each sealed under its class key. A sealed body names
-- the one it was packed with; 1 ships with Haven and is not kept here. None is removed while a row
-- needs it. rows is how many rows the class had then; packed_to the last row looked at since.
CREATE TABLE dictionary (
    no         INTEGER PRIMARY KEY CHECK (no BETWEEN 2 AND 65535),
    class      INTEGER NOT NULL,
    rows       INTEGER NOT NULL,
    trained_at INTEGER NOT NULL,
    packed_to  INTEGER NOT NULL DEFAULT 0,
    body       BLOB NOT NULL
) STRICT;
