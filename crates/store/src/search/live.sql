 AND r.deleted_at IS NULL AND ((? >> r.class) & 1 OR (r.patient_no = ? AND (? >> r.class) & 1))
