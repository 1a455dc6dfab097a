//! The sending end: what the broker has not acknowledged yet, oldest first.

use rusqlite::{Connection, OptionalExtension};

/// The sending end. It may lag behind what was sent (an event is then sent twice, and `id` with `seq` tells it), never
/// run ahead of it.
#[derive(Debug)]
pub struct Outbox {
    db: Connection,
}

/// An entry that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The entry's number.
    pub n: u64,
    /// An officer's action, and not an alert's event.
    pub is_action: bool,
    /// Identifier of the alert or of the action.
    pub id: String,
    /// Body as it is published.
    pub body: String,
}

impl Outbox {
    pub(super) fn new(db: Connection) -> rusqlite::Result<Outbox> {
        // What a power cut undoes of this is sent twice. It costs no sync.
        db.pragma_update(None, "synchronous", "normal")?;
        Ok(Outbox { db })
    }

    /// The oldest that the broker has not acknowledged. The same until [`Outbox::sent`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn oldest(&mut self) -> rusqlite::Result<Option<Due>> {
        let sql = "SELECT o.n, e.kind = 'action', e.id, e.body FROM outbox o JOIN entry e ON e.n = o.n ORDER BY o.n LIMIT 1";
        let mut statement = self.db.prepare_cached(sql)?;
        let due = |row: &rusqlite::Row<'_>| {
            Ok(Due { n: row.get(0)?, is_action: row.get(1)?, id: row.get(2)?, body: row.get(3)? })
        };
        statement.query_row([], due).optional()
    }

    /// The broker has it.
    ///
    /// # Errors
    /// The disk refuses: it will be sent again.
    pub fn sent(&mut self, n: u64) -> rusqlite::Result<()> {
        self.db.prepare_cached("DELETE FROM outbox WHERE n = ?")?.execute([n]).map(drop)
    }

    /// Returns the number of entries that wait.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn waiting(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))
    }

    /// Puts into the outbox again what the coordination channel has not said it has: the newest event of each such alert,
    /// where it was written before a time and after another, milliseconds UTC. How many.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn send_again(&mut self, after_ms: i64, before_ms: i64) -> rusqlite::Result<usize> {
        let sql = "INSERT OR IGNORE INTO outbox SELECT a.last_n FROM alert a JOIN entry e ON e.n = a.last_n
                   WHERE a.received_seq < a.seq AND e.written_ms > ?1 AND e.written_ms <= ?2";
        self.db.prepare_cached(sql)?.execute([after_ms, before_ms])
    }

    /// Alerts whose newest event the coordination channel has not said it has.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn unreceived(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT count(*) FROM alert WHERE received_seq < seq", [], |row| row.get(0))
    }
}
