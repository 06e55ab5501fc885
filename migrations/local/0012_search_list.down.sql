DROP INDEX resource_modified;
CREATE INDEX resource_modified ON resource (type_no, last_modified, class) WHERE deleted_at IS NULL;
