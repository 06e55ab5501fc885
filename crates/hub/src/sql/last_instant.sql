SELECT last_updated FROM resource_version ORDER BY seq DESC LIMIT 1
