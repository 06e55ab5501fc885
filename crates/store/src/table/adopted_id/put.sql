INSERT OR REPLACE INTO adopted_id (type_no, id, row_id) VALUES (:type_no, :id, :row_id)
