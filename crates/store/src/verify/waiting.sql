SELECT row_id FROM outbox
