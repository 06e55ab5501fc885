DROP TABLE attachment_chunk;
DROP TABLE attachment;
