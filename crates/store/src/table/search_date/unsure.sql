SELECT row_id FROM search_date WHERE type_no = :type_no AND from_ms = :unknown
UNION SELECT row_id FROM search_pending
