SELECT conflict_id FROM conflict WHERE row_id = :row_id AND status = 0
