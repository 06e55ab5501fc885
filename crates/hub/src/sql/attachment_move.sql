UPDATE attachment SET received = :received, whole = :whole WHERE id = :id
