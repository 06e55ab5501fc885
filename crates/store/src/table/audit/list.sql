SELECT seq, at, actor_no, device_no, action_no, type_no, id, version, digest, mac
FROM audit_entry
WHERE (:type_no IS NULL OR (type_no = :type_no AND id = :id))
  AND (:actor_no IS NULL OR actor_no = :actor_no)
  AND (:since IS NULL OR at >= :since)
  AND (:until IS NULL OR at < :until)
  AND (:before IS NULL OR seq < :before)
ORDER BY seq DESC LIMIT :limit
