SELECT last_updated AS mark FROM resource_version WHERE seq = :seq
