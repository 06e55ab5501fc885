FROM resource r INDEXED BY resource_chart WHERE r.patient_no IS NOT NULL AND r.type_no = ?
