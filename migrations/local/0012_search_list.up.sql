-- deleted_at too, so that a list of a type's live rows is read from the index alone.
DROP INDEX resource_modified;
CREATE INDEX resource_modified ON resource (type_no, last_modified, class, deleted_at)
    WHERE deleted_at IS NULL;
