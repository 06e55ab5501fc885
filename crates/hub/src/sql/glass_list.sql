SELECT a.device_id, d.name AS device_name, a.seq, a.actor, a.patient, a.opened_at, a.until, a.ended_at,
       a.received_at
FROM glass_alert a JOIN device d ON d.id = a.device_id
ORDER BY a.opened_at DESC, a.device_id, a.seq DESC
