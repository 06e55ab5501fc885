DROP TABLE term;
DROP TABLE patient_entry;
