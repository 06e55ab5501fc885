SELECT kind, name, n FROM (
    SELECT 'live' AS kind, w.text AS name, count(*) AS n
    FROM resource r JOIN word w ON w.no = r.type_no
    WHERE r.deleted_at IS NULL GROUP BY r.type_no
    UNION ALL
    SELECT 'status', CASE r.status WHEN 0 THEN 'synced' WHEN 1 THEN 'pending' WHEN 2 THEN 'syncing'
        WHEN 3 THEN 'conflict' WHEN 4 THEN 'rejected' ELSE 'local_only' END, count(*)
    FROM resource r GROUP BY r.status
) ORDER BY kind, name
