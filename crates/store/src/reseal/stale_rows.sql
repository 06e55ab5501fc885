SELECT t.row_id AS number FROM resource t
WHERE t.row_id > :after
    AND substr(t.body, 2, 2) <> CASE t.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> t.class) & 1
ORDER BY t.row_id LIMIT :limit
