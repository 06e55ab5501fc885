UPDATE escalation SET told = 1
WHERE type_no = :type_no AND id = :id AND decided_version <= :version AND told = 0
