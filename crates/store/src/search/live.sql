type_no = ? AND deleted_at IS NULL AND ((? >> class) & 1 OR (patient_no = ? AND (? >> class) & 1))
