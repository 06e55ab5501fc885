SELECT row_id FROM search_date
