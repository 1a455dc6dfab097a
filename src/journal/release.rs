//! What left for other centres: decided and written down before it is sent, so that a letter that is sent again is the same.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;

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
        let sql = "SELECT coalesce(max(seq), 0) FROM release WHERE sink = ?";
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
