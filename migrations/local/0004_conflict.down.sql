DROP TABLE conflict_part;
DROP TABLE conflict;
