SELECT 1 FROM term
WHERE kind = :kind AND text = :text AND system_no = :system_no AND row_id = :row_id
