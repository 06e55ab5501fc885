DROP TABLE adopted_id;
DROP INDEX remote_row_of;
DROP TABLE remote_row;
