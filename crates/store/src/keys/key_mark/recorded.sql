SELECT file_turn, file_digest FROM key_state
