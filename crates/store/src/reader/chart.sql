WHERE r.patient_no = :patient_no AND r.deleted_at IS NULL AND (:readable >> r.class) & 1
