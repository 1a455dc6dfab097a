-- Which alert an entry is about, and what came of an alert: how long something is kept rests on both.
ALTER TABLE entry ADD COLUMN about TEXT GENERATED ALWAYS AS (
    CASE kind
        WHEN 'alert' THEN id
        WHEN 'action' THEN CASE WHEN json_valid(body) THEN body ->> '$.alert' END
    END) VIRTUAL;
CREATE INDEX entry_about ON entry (about);

ALTER TABLE alert ADD COLUMN outcome TEXT; -- NULL unless it was closed, and not reopened since
UPDATE alert SET outcome = (
    SELECT e.body ->> '$.outcome' FROM entry e
    WHERE e.about = alert.id AND e.kind = 'action' AND e.body ->> '$.action' IN ('close', 'reopen')
    ORDER BY e.n DESC LIMIT 1);
