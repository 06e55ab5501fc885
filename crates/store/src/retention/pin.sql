INSERT INTO pin (patient, pinned_at, pinned_by) VALUES (:patient, :at, :by)
ON CONFLICT (patient) DO NOTHING
