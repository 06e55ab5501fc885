SELECT user_name, at, text FROM conflict_act
WHERE conflict_id = :conflict_id AND text IS NOT NULL AND act IN ('comments', 'reason', 'return', 'reopen')
ORDER BY place
