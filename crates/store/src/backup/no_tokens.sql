DELETE FROM setting WHERE name LIKE 'hub.tokens%'
