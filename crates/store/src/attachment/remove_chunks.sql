DELETE FROM attachment_chunk WHERE attachment_no = :no
