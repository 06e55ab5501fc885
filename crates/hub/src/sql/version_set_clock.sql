UPDATE resource_version SET vector_clock = :vector_clock WHERE seq = :seq
