-- Sums over the rows of tables that no audit entry tells of, and a mac over them; null until they are made.
ALTER TABLE audit_head ADD COLUMN sums BLOB;
ALTER TABLE audit_head ADD COLUMN sums_mac BLOB;

-- Which keys.json belongs to this database: how often it was written, and its SHA-256.
ALTER TABLE key_state ADD COLUMN file_turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE key_state ADD COLUMN file_digest BLOB;

-- When whoever broke the glass ended it by hand, and when the hub took word of it.
ALTER TABLE glass ADD COLUMN ended_at INTEGER;
ALTER TABLE glass ADD COLUMN told_at INTEGER;
