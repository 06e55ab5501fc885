DELETE FROM escalation_part WHERE no = :no
