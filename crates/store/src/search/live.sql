type_no = ? AND deleted_at IS NULL AND (? >> class) & 1
