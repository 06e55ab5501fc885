from_ms >= ?
