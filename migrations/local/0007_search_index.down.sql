DROP INDEX resource_modified;
CREATE INDEX resource_modified ON resource (type_no, last_modified);

INSERT OR IGNORE INTO term (kind, text, system_no, row_id)
SELECT t.kind, w.text, t.system_no, t.row_id
FROM term t JOIN word w ON w.no = t.text
WHERE t.kind = 7 AND typeof(t.text) = 'integer';

DELETE FROM term WHERE kind = 7 AND typeof(text) = 'integer';
DELETE FROM term WHERE kind > 7;

DROP TABLE search_date;
DROP TABLE search_pending;
