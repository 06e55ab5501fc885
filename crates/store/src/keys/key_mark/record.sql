UPDATE key_state SET file_turn = :turn, file_digest = :digest
