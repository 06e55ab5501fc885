SELECT 1 FROM resource WHERE patient_no = :patient_no AND deleted_at IS NULL AND class = :class LIMIT 1
