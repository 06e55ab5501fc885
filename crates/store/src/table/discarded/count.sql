SELECT count(*) AS n FROM discarded
