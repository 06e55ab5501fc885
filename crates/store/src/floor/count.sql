SELECT count(*) AS n FROM patient_entry
