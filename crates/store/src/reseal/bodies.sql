SELECT class, generation, count(*) AS n FROM (
    SELECT class, substr(body, 2, 2) AS generation FROM resource
    UNION ALL
    SELECT class, substr(body, 2, 2) FROM base
    UNION ALL
    SELECT class, substr(body, 2, 2) FROM in_flight
    UNION ALL
    SELECT k.class, substr(p.body, 2, 2)
    FROM conflict_part p JOIN conflict k ON k.conflict_id = p.conflict_id
    UNION ALL
    SELECT e.class, substr(p.body, 2, 2)
    FROM escalation_part p JOIN escalation e ON e.conflict_id = p.conflict_id
    UNION ALL
    SELECT class, substr(body, 2, 2) FROM history
    UNION ALL
    SELECT d.class, substr(p.body, 2, 2)
    FROM discarded_part p JOIN discarded d ON d.audit_seq = p.audit_seq
    UNION ALL
    SELECT class, substr(body, 2, 2) FROM dictionary
    UNION ALL
    SELECT a.class, substr(k.body, 2, 2)
    FROM attachment_chunk k JOIN attachment a ON a.no = k.attachment_no
) GROUP BY class, generation
