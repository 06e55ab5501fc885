INSERT INTO remote_row (row_id, remote_no)
SELECT row_id, :remote_no FROM resource WHERE type_no = :type_no AND id = :id
ON CONFLICT (row_id) DO UPDATE SET remote_no = excluded.remote_no
WHERE remote_row.remote_no <> excluded.remote_no
