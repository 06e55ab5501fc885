DROP TABLE device_standing;
DROP TABLE hub_setting;
DROP TABLE conflict_act;
DROP TABLE conflict;
