SELECT conflict_id FROM conflict
WHERE row_id = :row_id AND decided_version <= :version AND told = 0
ORDER BY decided_version
