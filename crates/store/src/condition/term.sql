row_id IN (SELECT row_id FROM term WHERE kind = ? AND text = ?)
