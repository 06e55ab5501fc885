INSERT OR IGNORE INTO term (kind, text, system_no, row_id)
VALUES (:kind, :text, :system_no, :row_id)
