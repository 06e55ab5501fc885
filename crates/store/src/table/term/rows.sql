SELECT row_id FROM term
