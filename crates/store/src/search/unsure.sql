SELECT row_id FROM search_date WHERE type_no = ? AND from_ms = ?
UNION ALL SELECT row_id FROM search_pending
