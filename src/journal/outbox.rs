//! Outboxes: what each sink does not have yet, oldest first, and how far it has come.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;

/// Name of the coordination channel's sink, which every journal has.
pub const COORDINATION: &str = "coordination";

/// One sink's outbox. It may lag behind what was sent (an event is then sent twice, and `id` with `seq` tells it), never
/// run ahead of it.
#[derive(Debug)]
pub struct Outbox {
    db: Connection,
    sink: String,
}

/// An entry that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Number of the entry.
    pub n: u64,
    /// Whether the entry is an officer's action, and not an alert's event.
    pub is_action: bool,
    /// Identifier of the alert or of the action.
    pub id: String,
    /// Time at which the entry was written, milliseconds UTC.
    pub written_ms: i64,
    /// Body as it is published.
    pub body: String,
}

impl Outbox {
    pub(super) fn new(db: Connection, sink: &str) -> rusqlite::Result<Outbox> {
        // What a power cut undoes of this is sent twice. It costs no sync.
        db.pragma_update(None, "synchronous", "normal")?;
        Ok(Outbox { db, sink: sink.to_owned() })
    }

    /// Name of the sink.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Returns the oldest entry that the sink does not have and that is not put off; the same until [`Outbox::sent`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn oldest(&mut self) -> rusqlite::Result<Option<Due>> {
        let sql = "SELECT o.n, e.kind = 'action', e.id, e.written_ms, e.body FROM outbox o JOIN entry e ON e.n = o.n
                   WHERE o.sink = ? AND (o.due_ms IS NULL OR o.due_ms <= ?) ORDER BY o.n LIMIT 1";
        let mut statement = self.db.prepare_cached(sql)?;
        let due = |row: &rusqlite::Row<'_>| {
            Ok(Due {
                n: row.get(0)?,
                is_action: row.get(1)?,
                id: row.get(2)?,
                written_ms: row.get(3)?,
                body: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
            })
        };
        statement.query_row(params![self.sink, clock::now().0], due).optional()
    }

    /// Puts an entry off: it is not delivered before a time, milliseconds UTC, and delays no other.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_off(&mut self, n: u64, until_ms: i64) -> rusqlite::Result<()> {
        let sql = "UPDATE outbox SET due_ms = ?3 WHERE sink = ?1 AND n = ?2";
        self.db.prepare_cached(sql)?.execute(params![self.sink, n, until_ms]).map(drop)
    }

    /// Returns the time at which the next of the entries that are put off is to be delivered, milliseconds UTC.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn next_due_ms(&self) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT min(due_ms) FROM outbox WHERE sink = ?";
        self.db.prepare_cached(sql)?.query_row([&self.sink], |row| row.get(0))
    }

    /// Passes the oldest entries over where more than `most` wait. Returns how many alert events were passed over, and how
    /// many other entries.
    ///
    /// # Errors
    /// The disk refuses; nothing was passed over.
    pub fn keep_newest(&mut self, most: u64) -> rusqlite::Result<(u64, u64)> {
        let over = self.waiting()?.saturating_sub(most);
        if over == 0 {
            return Ok((0, 0));
        }
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let sql = "SELECT count(*) FILTER (WHERE kind <> 'action'), max(n) FROM
                   (SELECT o.n, e.kind FROM outbox o JOIN entry e ON e.n = o.n WHERE o.sink = ? ORDER BY o.n LIMIT ?)";
        let found =
            transaction.query_row(sql, params![self.sink, over], |row| Ok((row.get(0)?, row.get(1)?)));
        let (alerts, newest): (u64, i64) = found?;
        transaction.execute("DELETE FROM outbox WHERE sink = ? AND n <= ?", params![self.sink, newest])?;
        transaction.commit()?;
        Ok((alerts, over - alerts.min(over)))
    }

    /// Notes that the sink has an entry, or has passed it over.
    ///
    /// # Errors
    /// The disk refuses: the entry will be sent again.
    pub fn sent(&mut self, n: u64) -> rusqlite::Result<()> {
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let sql = "DELETE FROM outbox WHERE sink = ? AND n = ?";
        transaction.prepare_cached(sql)?.execute((&self.sink, n))?;
        let sql = "UPDATE sink SET sent_n = ?2 WHERE name = ?1 AND sent_n < ?2";
        transaction.prepare_cached(sql)?.execute((&self.sink, n))?;
        transaction.commit()
    }

    /// Returns the number of entries that wait.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn waiting(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT count(*) FROM outbox WHERE sink = ?", [&self.sink], |row| row.get(0))
    }

    /// Counts the alert events that wait.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn alerts_waiting(&self) -> rusqlite::Result<u64> {
        let sql =
            "SELECT count(*) FROM outbox o JOIN entry e ON e.n = o.n WHERE o.sink = ? AND e.kind <> 'action'";
        self.db.query_row(sql, [&self.sink], |row| row.get(0))
    }

    /// Returns the cursor: the number of the newest entry that the sink has, or has passed over.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sent_up_to(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT sent_n FROM sink WHERE name = ?", [&self.sink], |row| row.get(0))
    }

    /// Puts the newest event of each alert that nobody has confirmed back into the outbox, where it was written before a
    /// time and after another, milliseconds UTC. Returns how many.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn send_again(&mut self, after_ms: i64, before_ms: i64) -> rusqlite::Result<usize> {
        let sql = "INSERT OR IGNORE INTO outbox (sink, n) SELECT ?1, a.last_n FROM alert a JOIN entry e ON e.n = a.last_n
                   WHERE a.received_seq < a.seq AND e.written_ms > ?2 AND e.written_ms <= ?3";
        self.db.prepare_cached(sql)?.execute((&self.sink, after_ms, before_ms))
    }

    /// Counts the alerts of which nobody has confirmed the newest event.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn unreceived(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT count(*) FROM alert WHERE received_seq < seq", [], |row| row.get(0))
    }
}
