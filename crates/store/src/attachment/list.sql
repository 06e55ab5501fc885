WHERE (:readable >> a.class) & 1
  AND (:id IS NULL OR a.id = :id OR a.sent_as = :id)
ORDER BY a.no
