SELECT row_id FROM term WHERE kind = 1 AND text = ?
