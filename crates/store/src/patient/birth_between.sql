row_id IN (SELECT row_id FROM patient_entry WHERE birth_date >= ? AND birth_date < ?)
