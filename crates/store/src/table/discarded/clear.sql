DELETE FROM discarded
