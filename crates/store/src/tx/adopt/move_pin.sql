UPDATE OR REPLACE pin SET patient = :new WHERE patient = :old
