SELECT (SELECT count(*) FROM resource WHERE deleted = 0)          AS resources,
       (SELECT count(*) FROM resource_version)                    AS versions,
       (SELECT count(*) FROM device WHERE revoked_at IS NULL)     AS devices,
       (SELECT count(*) FROM device WHERE revoked_at IS NOT NULL) AS revoked_devices,
       (SELECT coalesce(sum(waiting), 0) FROM device_standing)    AS waiting
