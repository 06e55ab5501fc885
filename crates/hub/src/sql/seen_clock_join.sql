INSERT INTO seen_clock (node, count)
SELECT key, value FROM json_each(:clock) WHERE true
ON CONFLICT (node) DO UPDATE SET count = excluded.count WHERE excluded.count > count
