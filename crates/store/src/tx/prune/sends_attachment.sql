SELECT EXISTS (
    SELECT 1 FROM attachment WHERE row_id = :row_id AND (standing = 2 OR sent_as IS NOT NULL)
) AS needed
