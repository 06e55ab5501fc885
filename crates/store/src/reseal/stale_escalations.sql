SELECT p.no AS number FROM escalation_part p
JOIN escalation e ON e.conflict_id = p.conflict_id
WHERE p.no > :after
    AND substr(p.body, 2, 2) <> CASE e.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> e.class) & 1
ORDER BY p.no LIMIT :limit
