-- What left for which centre, by which rule of the policy and in which form; and what did not, with the reason.
CREATE TABLE release (
    sink      TEXT    NOT NULL, -- share:<centre>
    n         INTEGER NOT NULL REFERENCES entry (n),
    id        TEXT    NOT NULL, -- of the alert, or of the action
    decided_ms INTEGER NOT NULL, -- UTC, by this machine's clock; before it was sent
    rule      TEXT,             -- the rule that decided; NULL where none matched
    reason    TEXT,             -- why it did not leave; NULL where it did
    seq       INTEGER,          -- number of the letter; NULL where it did not leave
    body      TEXT,             -- as it was sent; NULL where it did not leave, and when its time was over
    PRIMARY KEY (sink, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_id ON release (id, sink);

-- Time before which an entry is not delivered to a sink, UTC; NULL: at once.
ALTER TABLE outbox ADD COLUMN due_ms INTEGER;
