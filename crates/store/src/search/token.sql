SELECT row_id FROM term WHERE kind = ? AND text = ?
