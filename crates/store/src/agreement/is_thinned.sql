SELECT 1 FROM thinned_chart t JOIN compartment c ON c.no = t.patient_no WHERE c.id = :patient
