UPDATE sqlite_sequence SET seq = seq + 1000003 WHERE name = 'in_flight'
