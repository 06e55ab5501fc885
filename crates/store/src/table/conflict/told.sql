UPDATE conflict SET told = 1 WHERE row_id = :row_id AND decided_version <= :version AND told = 0
