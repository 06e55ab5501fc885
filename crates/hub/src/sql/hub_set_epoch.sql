UPDATE hub SET epoch = :epoch WHERE only_row = 1
