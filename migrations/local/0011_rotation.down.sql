DROP TABLE glass;
DROP TABLE key_state;
DROP TABLE key_generation;
