(? >> class) & 1
