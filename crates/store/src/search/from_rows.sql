FROM resource r NOT INDEXED WHERE r.type_no = ?
