INSERT INTO thinned_chart (patient_no, thinned_at) VALUES (:patient_no, :at)
ON CONFLICT (patient_no) DO UPDATE SET thinned_at = :at
