INSERT OR REPLACE INTO audit_head (only, size, frontier, at, mac)
VALUES (1, :size, :frontier, :at, :mac)
