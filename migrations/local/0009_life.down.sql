DROP TABLE audit_archive;
DROP TABLE pin;
