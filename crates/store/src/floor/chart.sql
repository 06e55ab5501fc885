SELECT body FROM resource
WHERE patient_no = (SELECT no FROM compartment WHERE id = :patient) AND deleted_at IS NULL
