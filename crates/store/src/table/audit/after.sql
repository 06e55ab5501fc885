SELECT seq, at, actor_no, device_no, action_no, type_no, id, version, digest, mac
FROM audit_entry
WHERE seq > :after
ORDER BY seq
