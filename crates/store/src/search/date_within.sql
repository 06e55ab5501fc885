from_ms >= ? AND from_ms < ? AND from_ms + length_ms <= ?
