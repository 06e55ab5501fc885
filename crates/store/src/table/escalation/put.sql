INSERT INTO escalation (conflict_id, type_no, id, class, own, status)
VALUES (:conflict_id, :type_no, :id, :class, :own, :status)
ON CONFLICT (conflict_id) DO UPDATE SET
    class = :class, own = max(own, :own), status = :status
