SELECT DISTINCT k.row_id AS number FROM conflict k
JOIN conflict_part p ON p.conflict_id = k.conflict_id
WHERE k.row_id > :after
    AND substr(p.body, 2, 2) <> CASE k.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> k.class) & 1
ORDER BY k.row_id LIMIT :limit
