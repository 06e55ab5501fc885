SELECT node, count FROM seen_clock
