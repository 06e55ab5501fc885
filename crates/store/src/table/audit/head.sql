SELECT size, frontier, mac FROM audit_head
