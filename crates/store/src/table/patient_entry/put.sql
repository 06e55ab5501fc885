INSERT OR REPLACE INTO patient_entry (row_id, patient_no, class, sort_name, birth_date)
VALUES (:row_id, :patient_no, :class, :sort_name, :birth_date)
