WHERE a.no = :no
