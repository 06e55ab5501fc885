SELECT hub_id, epoch, clinic, signing_seed FROM hub WHERE only_row = 1
