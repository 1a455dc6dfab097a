-- One outbox for each sink. A sink that is added later begins with what is written from then on.
CREATE TABLE sink (
    name   TEXT PRIMARY KEY,
    sent_n INTEGER NOT NULL -- cursor: the newest entry that the sink has, or has passed over; 0 before the first
) STRICT, WITHOUT ROWID;
INSERT INTO sink VALUES ('coordination',
    coalesce((SELECT min(n) - 1 FROM outbox), (SELECT max(n) FROM entry), 0));

ALTER TABLE outbox RENAME TO outbox_before;
CREATE TABLE outbox ( -- what a sink does not have yet, in order
    sink TEXT    NOT NULL REFERENCES sink (name) ON DELETE CASCADE,
    n    INTEGER NOT NULL REFERENCES entry (n),
    PRIMARY KEY (sink, n)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox SELECT 'coordination', n FROM outbox_before;
DROP TABLE outbox_before;
