UPDATE compartment SET last_synced = :at WHERE no = :no
