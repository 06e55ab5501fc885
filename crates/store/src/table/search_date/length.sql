SELECT length_ms FROM search_date
WHERE type_no = :type_no AND from_ms = :from_ms AND row_id = :row_id
