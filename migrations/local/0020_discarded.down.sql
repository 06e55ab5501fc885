DROP TABLE discarded_part;
DROP TABLE discarded;
