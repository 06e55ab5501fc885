SELECT i.store_id, i.device_id, i.device_name, i.clinic, l.display_name, l.role
FROM identity i, login l WHERE l.name = :user
