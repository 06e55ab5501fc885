SELECT count(*) AS n FROM resource WHERE
