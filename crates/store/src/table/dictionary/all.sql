SELECT no, class, rows, packed_to, body FROM dictionary ORDER BY no
