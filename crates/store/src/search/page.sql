SELECT row_id FROM resource WHERE
