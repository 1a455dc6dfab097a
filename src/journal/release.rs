//! What left for other centres: decided and written down before it is sent, so that a letter that is sent again is the same.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;

/// End of the identifiers of receipts, by which this node tells that it has an event.
pub const RECEIPT: &str = ".received";

/// Newest decisions that are looked at for events without a receipt.
const UNRECEIVED_LOOKED_AT: i64 = 10_000;

/// Decision on one entry for one recipient, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Time of the decision, milliseconds UTC.
    pub decided_ms: i64,
    /// Rule of the policy that decided; `None` where none matched.
    pub rule: Option<String>,
    /// Why the entry did not leave; `None` where it did.
    pub reason: Option<String>,
    /// Number of the letter; `None` where the entry did not leave.
    pub seq: Option<u64>,
    /// The content as it was sent.
    pub body: Option<String>,
}

/// Word of an officer about one alert and one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Whether the alert goes to the recipient.
    pub is_released: bool,
    /// Name of the officer.
    pub by: String,
    /// Reason of the officer.
    pub text: String,
}

/// The decisions on one recipient's entries.
#[derive(Debug)]
pub struct Releases {
    db: Connection,
    sink: String,
    /// Number of the newest letter.
    newest: u64,
}

impl Releases {
    /// Numbers go on above all that were given before, and above the time in milliseconds: where a journal is lost, or
    /// another node takes over, they rise all the same.
    pub(super) fn new(db: Connection, sink: &str) -> rusqlite::Result<Releases> {
        let sql = "SELECT coalesce(max(seq), 0) FROM release WHERE sink >= ?1 AND sink < ?1 || '0'";
        let given: u64 = db.query_row(sql, [sink], |row| row.get(0))?;
        let newest = given.max(u64::try_from(clock::now().0).unwrap_or_default());
        Ok(Releases { db, sink: sink.to_owned(), newest })
    }

    /// Returns the decision on an entry, if there is one.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of_entry(&self, n: u64) -> rusqlite::Result<Option<Release>> {
        let sql = "SELECT decided_ms, rule, reason, seq, body FROM release WHERE sink = ? AND n = ?";
        let mut statement = self.db.prepare_cached(sql)?;
        let release = |row: &rusqlite::Row<'_>| {
            Ok(Release {
                decided_ms: row.get(0)?,
                rule: row.get(1)?,
                reason: row.get(2)?,
                seq: row.get(3)?,
                body: row.get(4)?,
            })
        };
        statement.query_row(params![self.sink, n], release).optional()
    }

    /// Writes down that an entry leaves in this form. Returns the decision with the number of the letter.
    ///
    /// # Errors
    /// The disk refuses: nothing may be sent.
    pub fn release(
        &mut self,
        n: u64,
        id: &str,
        rule: Option<&str>,
        body: String,
    ) -> rusqlite::Result<Release> {
        let (seq, decided_ms) = (self.newest + 1, clock::now().0);
        self.insert(
            n,
            id,
            &Release {
                decided_ms,
                rule: rule.map(str::to_owned),
                reason: None,
                seq: Some(seq),
                body: Some(body),
            },
        )
        .inspect(|_| self.newest = seq)
    }

    /// Writes down that an entry does not leave, and why.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn withhold(&mut self, n: u64, id: &str, rule: Option<&str>, reason: &str) -> rusqlite::Result<()> {
        let (reason, decided_ms) = (Some(reason.to_owned()), clock::now().0);
        self.insert(
            n,
            id,
            &Release { decided_ms, rule: rule.map(str::to_owned), reason, seq: None, body: None },
        )
        .map(drop)
    }

    fn insert(&mut self, n: u64, id: &str, release: &Release) -> rusqlite::Result<Release> {
        let Release { decided_ms, rule, reason, seq, body } = release;
        let sql = "INSERT OR REPLACE INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let row = params![self.sink, n, id, decided_ms, rule, reason, seq, body];
        self.db.prepare_cached(sql)?.execute(row)?;
        Ok(release.clone())
    }

    /// Returns the rule by which the newest event of an alert left for the recipient; `None` where none left.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn left_by(&self, alert: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT coalesce(rule, '') FROM release WHERE sink = ? AND id = ? AND seq IS NOT NULL ORDER BY n DESC LIMIT 1";
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_row([self.sink.as_str(), alert], |row| row.get(0)).optional()
    }

    /// Puts the events of alerts back into the outbox that left between two times, milliseconds UTC, and of which the recipient has
    /// sent no receipt: a broker may lose what it has acknowledged. Returns how many.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_back_unreceived(
        &mut self,
        centre: &str,
        after_ms: i64,
        before_ms: i64,
    ) -> rusqlite::Result<usize> {
        let sql = "INSERT OR IGNORE INTO outbox (sink, n) SELECT ?1, r.n
                   FROM (SELECT n, decided_ms FROM release WHERE sink = ?1 AND seq IS NOT NULL ORDER BY n DESC LIMIT ?5) r
                   JOIN entry e ON e.n = r.n
                   WHERE r.decided_ms > ?3 AND r.decided_ms <= ?4 AND e.kind = 'alert' AND e.body IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM entry a WHERE a.about = e.id AND a.kind = 'action'
                         AND a.body ->> '$.action' = 'received' AND a.body ->> '$.centre' = ?2
                         AND a.body ->> '$.seq' = e.seq)";
        let values = params![self.sink, centre, after_ms, before_ms, UNRECEIVED_LOOKED_AT];
        self.db.prepare_cached(sql)?.execute(values)
    }

    /// Returns what left for the recipient last under an identifier: its content, which may have been emptied since. `None` where
    /// nothing left.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn newest_left(&self, id: &str) -> rusqlite::Result<Option<Option<String>>> {
        let sql =
            "SELECT body FROM release WHERE sink = ? AND id = ? AND seq IS NOT NULL ORDER BY n DESC LIMIT 1";
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_row([self.sink.as_str(), id], |row| row.get(0)).optional()
    }

    /// Returns the newest content of everything that left by sinks whose names begin with this one's and `/`: the rest of the
    /// name, and the content.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn left_beneath(&self) -> rusqlite::Result<Vec<(String, Option<String>)>> {
        let sql = "SELECT substr(sink, length(?1) + 2), body, max(n) FROM release
                   WHERE sink > ?1 || '/' AND sink < ?1 || '0' AND seq IS NOT NULL GROUP BY sink";
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_map([&self.sink], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    /// Writes down that something leaves which follows from no entry, by a sink beneath this one. Returns the number of the letter.
    ///
    /// # Errors
    /// The disk refuses: nothing may be sent.
    pub fn release_beneath(&mut self, name: &str, rule: Option<&str>, body: &str) -> rusqlite::Result<u64> {
        let (seq, decided_ms) = (self.newest + 1, clock::now().0);
        let sink = format!("{}/{name}", self.sink);
        // A release stands beside the newest entry; a journal may have none yet.
        let sql = "INSERT OR REPLACE INTO release (sink, n, id, decided_ms, rule, reason, seq, body)
                   SELECT ?1, coalesce(max(n), 0), ?2, ?3, ?4, NULL, ?5, ?6 FROM entry";
        self.db.pragma_update(None, "foreign_keys", false)?;
        let written = self.db.prepare_cached(sql)?.execute(params![sink, name, decided_ms, rule, seq, body]);
        self.db.pragma_update(None, "foreign_keys", true)?;
        written?;
        self.newest = seq;
        Ok(seq)
    }

    /// Returns the newest event that another centre shared of an alert.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn newest_shared(&self, key: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT body FROM entry WHERE kind = 'shared' AND id = ? AND body IS NOT NULL ORDER BY seq DESC LIMIT 1";
        self.db.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
    }

    /// Returns the newest word of an officer of this node about an alert and a recipient.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn by_hand(&self, alert: &str, recipient: &str) -> rusqlite::Result<Option<Decided>> {
        let sql = "SELECT body ->> '$.action' = 'disclose', body ->> '$.by', body ->> '$.text' FROM entry
                   WHERE about = ?1 AND kind = 'action' AND json_valid(body) AND body ->> '$.centre' IS NULL
                     AND body ->> '$.action' IN ('disclose', 'withhold') AND body ->> '$.to' = ?2
                   ORDER BY n DESC LIMIT 1";
        let mut statement = self.db.prepare_cached(sql)?;
        let decided = |row: &rusqlite::Row<'_>| {
            Ok(Decided { is_released: row.get(0)?, by: row.get(1)?, text: row.get(2)? })
        };
        statement.query_row([alert, recipient], decided).optional()
    }

    /// Returns the newest event of an own alert.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn newest_event(&self, alert: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT body FROM entry WHERE kind = 'alert' AND id = ? AND body IS NOT NULL ORDER BY seq DESC LIMIT 1";
        self.db.prepare_cached(sql)?.query_row([alert], |row| row.get(0)).optional()
    }
}
