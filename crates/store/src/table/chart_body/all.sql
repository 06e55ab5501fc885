SELECT type_no, id, class, version, body FROM resource
WHERE patient_no = (SELECT no FROM compartment WHERE id = :patient)
  AND deleted_at IS NULL AND (:readable >> class) & 1
