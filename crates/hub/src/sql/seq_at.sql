SELECT seq FROM resource_version WHERE last_updated >= :instant ORDER BY last_updated, seq LIMIT 1
