DELETE FROM discarded_part
