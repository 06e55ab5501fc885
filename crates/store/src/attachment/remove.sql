DELETE FROM attachment WHERE no = :no
