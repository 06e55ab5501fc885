INSERT INTO attachment (
    row_id, url, id, class, own, standing, content_type, declared_bytes, declared_hash, changed_at
) VALUES (
    :row_id, :url, :id, :class, 0, 0, :content_type, :declared_bytes, :declared_hash, :now
)
