SELECT count(DISTINCT row_id) AS n FROM term WHERE kind = 1 AND text >= :from AND text < :until
