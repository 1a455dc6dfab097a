-- Alert events of other centres are entries of kind 'shared'; their id is centre:alert.
DROP INDEX entry_about;
ALTER TABLE entry DROP COLUMN about;
ALTER TABLE entry ADD COLUMN about TEXT GENERATED ALWAYS AS (
    CASE kind
        WHEN 'alert' THEN id
        WHEN 'shared' THEN id
        WHEN 'action' THEN CASE WHEN json_valid(body) THEN body ->> '$.alert' END
    END) VIRTUAL;
CREATE INDEX entry_about ON entry (about);
