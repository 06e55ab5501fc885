UPDATE compartment SET id = :new WHERE no = :no
