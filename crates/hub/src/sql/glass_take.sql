INSERT INTO glass_alert (device_id, seq, actor, patient, opened_at, until, ended_at, received_at)
VALUES (:device_id, :seq, :actor, :patient, :opened_at, :until, :ended_at, :now)
ON CONFLICT (device_id, seq) DO UPDATE SET ended_at = coalesce(ended_at, :ended_at)
