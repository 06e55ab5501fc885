from_ms + length_ms <= ?
