FROM resource r INDEXED BY resource_key WHERE r.type_no = ?
