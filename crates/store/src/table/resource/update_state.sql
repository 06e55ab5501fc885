UPDATE resource SET server_version = :server_version, clock = :clock, status = :status
WHERE row_id = :row_id
