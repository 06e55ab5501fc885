SELECT sums, sums_mac FROM audit_head
