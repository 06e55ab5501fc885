SELECT count(*) AS n FROM remote_row WHERE remote_no = :remote_no
