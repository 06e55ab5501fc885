DROP TABLE base;
DROP TABLE history;
DROP TABLE resource;
