SELECT status, count(*) AS n, min(escalated_at) AS oldest FROM conflict GROUP BY status
