DELETE FROM audit_entry WHERE seq <= :last
