SELECT seq FROM sqlite_sequence WHERE name = 'in_flight'
