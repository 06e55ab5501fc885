DELETE FROM in_flight WHERE row_id = :row_id
