SELECT patient_no, class, sort_name, birth_date FROM patient_entry WHERE row_id = :row_id
