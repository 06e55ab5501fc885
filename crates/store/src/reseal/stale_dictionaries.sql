SELECT t.no AS number FROM dictionary t
WHERE t.no > :after
    AND substr(t.body, 2, 2) <> CASE t.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> t.class) & 1
ORDER BY t.no LIMIT :limit
