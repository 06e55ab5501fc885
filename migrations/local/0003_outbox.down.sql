DROP TABLE in_flight;
DROP TABLE outbox;
