SELECT no FROM compartment WHERE id = :id
