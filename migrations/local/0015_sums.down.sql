ALTER TABLE glass DROP COLUMN told_at;
ALTER TABLE glass DROP COLUMN ended_at;
ALTER TABLE key_state DROP COLUMN file_digest;
ALTER TABLE key_state DROP COLUMN file_turn;
ALTER TABLE audit_head DROP COLUMN sums_mac;
ALTER TABLE audit_head DROP COLUMN sums;
