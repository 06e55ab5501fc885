DELETE FROM patient_entry WHERE row_id = :row_id
