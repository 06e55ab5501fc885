WITH RECURSIVE word (text) AS (
    SELECT (SELECT text FROM term WHERE kind = 1 AND text >= '' AND text < x'' ORDER BY text LIMIT 1)
    UNION ALL
    SELECT (SELECT term.text FROM term
            WHERE kind = 1 AND term.text > word.text AND term.text < x'' ORDER BY term.text LIMIT 1)
    FROM word WHERE word.text IS NOT NULL
)
SELECT text FROM word WHERE text IS NOT NULL
