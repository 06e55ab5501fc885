UPDATE resource SET patient_no = :to WHERE patient_no = :from
