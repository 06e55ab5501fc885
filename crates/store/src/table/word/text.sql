SELECT text FROM word WHERE no = :no
