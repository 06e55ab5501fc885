DELETE FROM audit_archive
