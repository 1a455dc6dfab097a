-- One row for everything that happened, in the order in which it was written down. Each hash covers the one before.
CREATE TABLE entry (
    n          INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL, -- alert, action, change, retention
    written_ms INTEGER NOT NULL, -- UTC, by this machine's clock
    id         TEXT    NOT NULL, -- of the alert, or of the action
    seq        INTEGER NOT NULL, -- of the alert's event, else 0
    body       TEXT,             -- as it was published or received; NULL when its time was over
    hash       BLOB    NOT NULL, -- SHA-256 of the hash before, the kind, and the body
    UNIQUE (kind, id, seq)
) STRICT;

-- Every alert as it is now.
CREATE TABLE alert (
    id              TEXT PRIMARY KEY,
    pattern         TEXT NOT NULL,
    rule            TEXT NOT NULL,
    severity        TEXT NOT NULL,
    phase           TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    onset_ms        INTEGER NOT NULL,
    time_ms         INTEGER NOT NULL,
    ended_ms        INTEGER,
    last_n          INTEGER NOT NULL REFERENCES entry (n),
    acknowledged_by TEXT,
    acknowledged_ms INTEGER,
    received_by     TEXT,       -- the coordination channel's own word that it has it
    received_seq    INTEGER NOT NULL DEFAULT 0,
    held            INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_time ON alert (time_ms);
CREATE INDEX alert_pattern ON alert (pattern, time_ms);

CREATE TABLE subject (
    alert     TEXT NOT NULL REFERENCES alert (id),
    track     TEXT NOT NULL,
    mmsi      INTEGER,
    imo       INTEGER,
    icao      TEXT,
    name      TEXT,
    call_sign TEXT,
    PRIMARY KEY (alert, track)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_track ON subject (track);
CREATE INDEX subject_mmsi ON subject (mmsi);

CREATE TABLE zone (
    alert TEXT NOT NULL REFERENCES alert (id),
    zone  TEXT NOT NULL,
    PRIMARY KEY (alert, zone)
) STRICT, WITHOUT ROWID;
CREATE INDEX zone_zone ON zone (zone);

-- What the broker has not acknowledged yet, in order.
CREATE TABLE outbox (n INTEGER PRIMARY KEY REFERENCES entry (n)) STRICT;
