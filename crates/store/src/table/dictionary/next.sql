SELECT coalesce(max(no), 1) + 1 AS no FROM dictionary
