INSERT INTO remote_row (row_id, remote_no) VALUES (:row_id, :remote_no)
ON CONFLICT (row_id) DO UPDATE SET remote_no = excluded.remote_no
