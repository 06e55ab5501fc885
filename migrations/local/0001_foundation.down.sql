DROP TABLE tally;
DROP TABLE compartment;
DROP TABLE word;
DROP TABLE setting;
DROP TABLE login;
DROP TABLE identity;
