SELECT value FROM hub_setting WHERE name = :name
