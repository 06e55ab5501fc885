SELECT t.entry_id AS number FROM history t
WHERE t.entry_id > :after
    AND substr(t.body, 2, 2) <> CASE t.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> t.class) & 1
ORDER BY t.entry_id LIMIT :limit
