SELECT epoch, blind_generation FROM key_state
