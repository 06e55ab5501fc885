SELECT t.seq AS number FROM in_flight t
WHERE t.seq > :after
    AND substr(t.body, 2, 2) <> CASE t.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> t.class) & 1
ORDER BY t.seq LIMIT :limit
