INSERT INTO audit_head (only, size, frontier, at, mac)
VALUES (1, :size, :frontier, :at, :mac)
ON CONFLICT (only) DO UPDATE SET size = :size, frontier = :frontier, at = :at, mac = :mac
