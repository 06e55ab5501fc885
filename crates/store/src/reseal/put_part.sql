UPDATE conflict_part SET body = :body
WHERE conflict_id || ':' || part = :name
  AND conflict_id IN (SELECT conflict_id FROM conflict WHERE row_id = :number)
