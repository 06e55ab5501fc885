SELECT no, first_seq, last_seq, digest, mac FROM audit_archive ORDER BY no
