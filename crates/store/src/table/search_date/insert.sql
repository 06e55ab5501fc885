INSERT OR REPLACE INTO search_date (type_no, from_ms, row_id, length_ms)
VALUES (:type_no, :from_ms, :row_id, :length_ms)
