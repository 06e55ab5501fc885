INSERT INTO identity (only, store_id, device_id, device_name, clinic, created_at)
VALUES (1, :store_id, :device_id, :device_name, :clinic, :now)
