SELECT text FROM conflict_act
WHERE conflict_id = :conflict_id AND act = 'reason' AND user_name = :user_name
  AND place > COALESCE(
    (SELECT MAX(place) FROM conflict_act WHERE conflict_id = :conflict_id AND act = 'reopen'), 0)
ORDER BY place DESC LIMIT 1
