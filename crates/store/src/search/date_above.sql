coalesce(from_ms + length_ms, 9223372036854775807) > ?
