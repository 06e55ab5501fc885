INSERT INTO dictionary (no, class, rows, trained_at, body)
VALUES (:no, :class, :rows, :trained_at, :body)
