SELECT row_id FROM patient_entry
