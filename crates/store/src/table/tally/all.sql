SELECT kind, name, n FROM tally WHERE n <> 0 ORDER BY kind, name
