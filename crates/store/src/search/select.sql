SELECT r.row_id, r.last_modified
