SELECT a.no, a.id, a.class, k.begins_at, k.body
FROM attachment_chunk k JOIN attachment a ON a.no = k.attachment_no
WHERE k.chunk_no = :number
