SELECT name, value FROM hub_setting ORDER BY name
