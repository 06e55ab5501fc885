SELECT k.chunk_no AS number FROM attachment_chunk k
JOIN attachment a ON a.no = k.attachment_no
WHERE k.chunk_no > :after
    AND substr(k.body, 2, 2) <> CASE a.class
        WHEN 0 THEN :core WHEN 1 THEN :clinical WHEN 2 THEN :sensitive ELSE :admin END
    AND (:held >> a.class) & 1
ORDER BY k.chunk_no LIMIT min(:limit, 32)
