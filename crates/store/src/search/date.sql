SELECT row_id FROM search_date WHERE type_no = ? AND
