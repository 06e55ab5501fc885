UPDATE audit_head SET sums = NULL, sums_mac = NULL
