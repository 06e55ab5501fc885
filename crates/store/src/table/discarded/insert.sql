INSERT INTO discarded (
    audit_seq, type_no, id, class, version, deleted, operation, edited_at, edited_by_no, at, actor_no,
    device_no
) VALUES (
    :audit_seq, :type_no, :id, :class, :version, :deleted, :operation, :edited_at, :edited_by_no, :at,
    :actor_no, :device_no
)
