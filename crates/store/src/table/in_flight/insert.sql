INSERT INTO in_flight (
    row_id, operation, class, deleted, base_version, clock, row_version, edited_at, body
) VALUES (
    :row_id, :operation, :class, :deleted, :base_version, :clock, :row_version, :edited_at, :body
)
