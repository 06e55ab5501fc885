SELECT row_id, from_ms FROM search_date WHERE type_no = :type_no
