INSERT INTO device_standing (device_id, seen_at, waiting, conflicts, rejected, oldest_waiting_at)
SELECT id, :now, :waiting, :conflicts, :rejected, :oldest_waiting_at FROM device WHERE id = :device_id
ON CONFLICT (device_id) DO UPDATE SET
    seen_at = :now, waiting = :waiting, conflicts = :conflicts, rejected = :rejected,
    oldest_waiting_at = :oldest_waiting_at
