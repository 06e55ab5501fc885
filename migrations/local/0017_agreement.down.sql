DROP TABLE thinned_chart;
DROP TABLE held_deletion;
