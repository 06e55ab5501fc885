DELETE FROM search_pending WHERE row_id = :row_id
