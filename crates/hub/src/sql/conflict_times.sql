SELECT type, kind, closed_at - opened_at AS took_ms FROM conflict
WHERE status = 'resolved' AND closed_at >= :since
ORDER BY type, kind, took_ms
