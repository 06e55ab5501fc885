UPDATE audit_head SET sums = :sums, sums_mac = :sums_mac WHERE only = 1
