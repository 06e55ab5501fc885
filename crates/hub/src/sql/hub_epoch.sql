SELECT epoch FROM hub WHERE only_row = 1
