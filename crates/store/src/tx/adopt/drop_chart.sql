DELETE FROM compartment WHERE no = :from
