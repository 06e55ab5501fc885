INSERT INTO audit_archive (no, first_seq, last_seq, digest, mac)
VALUES (:no, :first_seq, :last_seq, :digest, :mac)
