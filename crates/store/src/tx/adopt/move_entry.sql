UPDATE patient_entry SET patient_no = :to WHERE patient_no = :from
