SELECT r.type_no, r.id, r.server_version, r.status, r.deleted_at IS NOT NULL AS deleted,
       EXISTS (SELECT 1 FROM held_deletion h WHERE h.row_id = r.row_id) AS held
FROM resource r
WHERE r.patient_no = :patient_no
  AND (:readable >> r.class) & 1
  AND NOT EXISTS (SELECT 1 FROM remote_row m WHERE m.row_id = r.row_id)
