UPDATE identity SET device_id = :device_id
