DROP TABLE glass_alert;
