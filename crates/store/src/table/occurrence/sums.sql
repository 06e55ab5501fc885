SELECT name, label, sum(n) AS n FROM occurrence WHERE day >= :since_day GROUP BY name, label ORDER BY name, label
