DELETE FROM conflict WHERE row_id = :row_id
