DELETE FROM pin WHERE patient = :patient
