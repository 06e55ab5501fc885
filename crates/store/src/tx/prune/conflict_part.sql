DELETE FROM conflict_part
WHERE conflict_id IN (SELECT conflict_id FROM conflict WHERE row_id = :row_id)
