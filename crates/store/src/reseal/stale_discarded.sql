SELECT DISTINCT p.audit_seq AS number FROM discarded_part p
JOIN discarded d ON d.audit_seq = p.audit_seq
WHERE p.audit_seq > :after
    AND substr(p.body, 2, 2) <> CASE d.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> d.class) & 1
ORDER BY p.audit_seq LIMIT :limit
