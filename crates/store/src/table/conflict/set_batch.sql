UPDATE conflict SET batch = :batch WHERE conflict_id = :conflict_id
