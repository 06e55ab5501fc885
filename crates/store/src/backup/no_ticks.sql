UPDATE resource SET ticks = 0 WHERE ticks <> 0
