SELECT patient, pinned_at, pinned_by FROM pin ORDER BY patient
