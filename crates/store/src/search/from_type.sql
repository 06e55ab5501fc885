FROM resource r INDEXED BY resource_modified WHERE r.type_no = ?
