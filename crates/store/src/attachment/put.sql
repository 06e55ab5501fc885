UPDATE attachment SET
    url = :url, class = :class, own = :own, standing = :standing, content_type = :content_type,
    declared_bytes = :declared_bytes, declared_hash = :declared_hash, total_bytes = :total_bytes,
    held_bytes = :held_bytes, sent_bytes = :sent_bytes, validator = :validator, sha256 = :sha256,
    verified_by = :verified_by, sent_as = :sent_as, attempts = :attempts,
    next_attempt_at = :next_attempt_at, reason = :reason, changed_at = :now
WHERE no = :no
