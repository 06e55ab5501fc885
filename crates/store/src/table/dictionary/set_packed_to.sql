UPDATE dictionary SET packed_to = :packed_to WHERE no = :no
