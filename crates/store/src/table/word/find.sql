SELECT no FROM word WHERE text = :text
