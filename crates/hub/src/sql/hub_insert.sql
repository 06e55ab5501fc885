INSERT INTO hub (only_row, hub_id, epoch, clinic, signing_seed, created_at)
VALUES (1, :hub_id, :epoch, :clinic, :signing_seed, :now)
