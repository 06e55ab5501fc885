UPDATE key_state SET epoch = epoch + 1, blind_generation = coalesce(:blind_generation, blind_generation)
