SELECT size FROM audit_head
