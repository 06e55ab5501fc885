SELECT standing, reason IS NOT NULL AS failed, count(*) AS n,
       total(coalesce(total_bytes, declared_bytes, 0)) AS bytes, total(held_bytes) AS held,
       total(sent_bytes) AS sent
FROM attachment WHERE (:readable >> class) & 1 GROUP BY standing, failed
