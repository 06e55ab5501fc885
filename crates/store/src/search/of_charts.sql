SELECT row_id FROM resource INDEXED BY resource_chart
WHERE patient_no IS NOT NULL AND patient_no IN (SELECT value FROM json_each(?))
