DELETE FROM attachment_chunk
WHERE attachment_no IN (SELECT no FROM attachment WHERE row_id = :row_id)
