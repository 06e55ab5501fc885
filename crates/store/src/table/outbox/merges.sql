SELECT merges FROM outbox WHERE row_id = :row_id
