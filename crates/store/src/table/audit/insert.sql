INSERT INTO audit_entry (
    seq, at, actor_no, device_no, action_no, type_no, id, version, digest, mac
) VALUES (
    :seq, :at, :actor_no, :device_no, :action_no, :type_no, :id, :version, :digest, :mac
)
