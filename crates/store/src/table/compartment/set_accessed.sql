UPDATE compartment SET last_accessed = :at WHERE no = :no
