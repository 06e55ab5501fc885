UPDATE attachment_chunk SET body = :body WHERE chunk_no = :chunk_no
