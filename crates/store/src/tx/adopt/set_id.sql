UPDATE resource SET id = :id WHERE row_id = :row_id
