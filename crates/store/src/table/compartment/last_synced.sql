SELECT last_synced FROM compartment WHERE no = :no
