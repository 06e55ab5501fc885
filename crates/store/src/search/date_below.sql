from_ms < ?
