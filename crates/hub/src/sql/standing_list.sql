SELECT device_id, seen_at, waiting, conflicts, rejected, oldest_waiting_at FROM device_standing
