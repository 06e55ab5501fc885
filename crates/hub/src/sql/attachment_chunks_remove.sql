DELETE FROM attachment_chunk WHERE attachment_id = :id
