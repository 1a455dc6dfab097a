//! The durable store: every alert event and every officer's action is in it before anybody is told.
//!
//! One SQLite file in WAL mode, `synchronous = FULL`: one transaction holds the event, its alert's state and its row in
//! the outbox. Entries are chained by their hashes, so that what was changed or cut afterwards shows.
//!
//! ```text
//! mod         the writing end           outbox   what each sink does not have yet
//! query       what was when and where   verify, derived   the chain of hashes, and the tables beside it
//! retention   what has had its time
//! reads       who read what                      release  what left for which centre
//! input, checkpoint, files              messages as received, and the engine as it was: see `pipeline::resume`
//! copy                                  the active node's journal in that of the standby
//! damage                                a journal that the disk has damaged is set aside
//! rules                                 versions of rules and zones
//! reserve, spare                        room that is kept free, and a second place for the messages
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::model::{Action, ActionKind, AlertEvent, AlertMessage, Deed, Origin, Phase, SharedAlert, Time};

pub mod checkpoint;
pub mod copy;
pub mod damage;
mod derived;
pub mod files;
pub mod input;
mod insert;
mod outbox;
pub mod outcomes;
mod query;
mod reads;
mod release;
pub mod reserve;
mod retention;
pub mod rules;
pub mod spare;
mod verify;

pub use outbox::{COORDINATION, Due, Outbox};
pub use query::{Filter, Past, about, events, open_for_reading, past};
pub use reads::{Read, note as note_read, reads};
pub use release::{Decided, RECEIPT, Release, Releases};
pub use retention::Keep;
pub use verify::{Question, Verdict, verify};

use insert::{New, PutOut, insert};
use verify::Hash;

/// Name of the file in the state folder.
pub const FILE: &str = "journal.db";
/// Migrations, each from one schema version to the next; `user_version` says how many were carried out.
const MIGRATIONS: [&str; 6] = [
    include_str!("schema.sql"),
    include_str!("classes.sql"),
    include_str!("sinks.sql"),
    include_str!("shared.sql"),
    include_str!("release.sql"),
    include_str!("chain.sql"),
];
/// Schema from which on the chain covers every column.
const COVERS_EVERY_COLUMN: usize = 6;
/// How long a connection waits for the other one's write.
const BUSY: Duration = Duration::from_secs(10);
/// Puts a receipt that was sent before back into the outbox of every other centre.
const PUT_OUT_AGAIN: &str = "INSERT OR IGNORE INTO outbox (sink, n)
    SELECT s.name, e.n FROM sink s, entry e WHERE s.name LIKE 'share:%' AND e.kind = 'action' AND e.id = ? AND e.seq = 0";

/// The writing end.
#[derive(Debug)]
pub struct Journal {
    db: Connection,
    path: PathBuf,
    /// Number of the newest entry that this connection wrote.
    last: i64,
    hash: Hash,
}

/// An alert that has not ended.
#[derive(Debug)]
pub struct OpenAlert {
    /// The alert's id.
    pub id: String,
    /// Its newest event.
    pub body: String,
    /// Whether this node wrote that event, and not the other one of its name.
    pub is_own: bool,
    /// Whether anybody was told of the alert: not all of its events were taken back.
    pub is_told: bool,
}

/// Entries of the journal.
#[derive(Debug)]
pub enum Entry {
    /// An alert event, and how it is published.
    Alert(Box<AlertEvent>, String),
    /// An officer's action, as it was received.
    Action {
        /// Tells it from every other one.
        id: String,
        /// Action as it was read.
        action: Box<Action>,
        /// The payload.
        body: String,
        /// The way by which it came; one of this node's own console is published.
        origin: Origin,
    },
    /// An alert event of another centre, with the incident that it belongs to here; and the event as it is kept.
    Shared(Box<SharedAlert>, String),
    /// An alert event of the other node of this name, as it is in its journal.
    Copied(Box<copy::Copied>),
    /// The end of an alert that the engine knows nothing of any more.
    Lost {
        /// The alert's id.
        id: String,
        /// The event's number.
        seq: u32,
        /// Body as it is published.
        body: String,
        /// Whether anybody was told of the alert, and so is told of its end.
        is_told: bool,
    },
    /// The rules, zones or lists were changed under way, or the watch began with others.
    Change {
        /// Tells it from every other one.
        id: String,
        /// A JSON object.
        body: String,
    },
    /// Somebody read what is about persons.
    Read {
        /// A JSON object.
        body: String,
    },
}

impl Journal {
    /// Opens the file, made where absent, brought to the newest schema where it is older.
    ///
    /// # Errors
    /// The file cannot be used, is no journal, or is of a newer vigie.
    pub fn open(path: &Path) -> anyhow::Result<Journal> {
        let named = || format!("journal {}", path.display());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).with_context(named)?;
        let mut db = connect(path, WRITES).with_context(named)?;
        open_newest(&mut db).with_context(named)?;
        Journal::on(db, path).with_context(named)
    }

    fn on(db: Connection, path: &Path) -> rusqlite::Result<Journal> {
        let (last, hash) = newest(&db)?;
        Ok(Journal { db, path: path.to_owned(), last, hash })
    }

    /// Writes entries down, all or none of them, and syncs. Those that are there already (`kind`, `id`, `seq`) are left
    /// out: a restart repeats what it is not sure of. Gives each one's number, `None` for those.
    ///
    /// # Errors
    /// The disk refuses; try again.
    pub fn append(&mut self, entries: &mut [Entry]) -> rusqlite::Result<Vec<Option<u64>>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let (mut last, mut hash) = newest(&transaction)?;
        let mut numbers = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Entry::Alert(event, body) = entry {
                renumber(&transaction, event, body)?;
            }
            let entry = &*entry;
            if let Entry::Copied(copied) = entry {
                let new = copy::put(&transaction, (last, &hash), copied)?;
                (last, hash) = new.unwrap_or((last, hash));
                numbers.push(new.map(|(n, _)| n.max(0) as u64));
                continue;
            }
            let own = match entry {
                Entry::Shared(alert, _) => alert.key(),
                _ => format!("read-{}", last + 1),
            };
            let (kind, id, seq, body) = match entry {
                Entry::Alert(event, body) => ("alert", &event.id, event.seq, body),
                Entry::Shared(alert, body) => ("shared", &own, alert.message.event.seq, body),
                Entry::Lost { id, seq, body, .. } => ("alert", id, *seq, body),
                Entry::Action { id, body, .. } => ("action", id, 0, body),
                Entry::Change { id, body } => ("change", id, 0, body),
                Entry::Read { body } => ("read", &own, 0, body),
                Entry::Copied(copied) => (copied.kind.as_str(), &copied.id, copied.seq, &copied.body),
            };
            let (put_out, mut seq) = (PutOut::of(entry), seq);
            if is_own_action(entry) {
                while is_anothers(&transaction, id, seq, body)? {
                    seq += 1;
                }
            }
            let Some(new) = insert(&transaction, (last, &hash), &New { kind, id, seq, body, put_out })?
            else {
                let mut again = None;
                match entry {
                    // The event came again: its centre has no receipt.
                    Entry::Action { origin: Origin::Receipt, .. } => {
                        transaction.prepare_cached(PUT_OUT_AGAIN)?.execute([id])?;
                    }
                    Entry::Alert(event, body) => {
                        again = copy::put_again(&transaction, (last, &hash), event, body)?;
                    }
                    _ => {}
                }
                numbers.push(again.map(|(n, _)| n.max(0) as u64));
                (last, hash) = again.unwrap_or((last, hash));
                continue;
            };
            (last, hash) = new;
            numbers.push(Some(last.max(0) as u64));
            put_out.put(&transaction, last)?;
            match entry {
                Entry::Alert(event, _) => state(&transaction, &event.id, event, last)?,
                Entry::Shared(alert, _) => state(&transaction, &own, &alert.message.event, last)?,
                Entry::Lost { id, seq, .. } => {
                    let sql = "UPDATE alert SET phase = 'ended', seq = ?2, ended_ms = time_ms, last_n = ?3 WHERE id = ?1";
                    transaction.prepare_cached(sql)?.execute(params![id, seq, last])?;
                }
                Entry::Action { action, .. } => act(&transaction, action)?,
                Entry::Change { .. } | Entry::Read { .. } | Entry::Copied(_) => {}
            }
        }
        transaction.commit()?;
        (self.last, self.hash) = (last, hash);
        Ok(numbers)
    }

    /// Writes down an alert event that another node of this name has published; it is not to be sent again, and counts where this
    /// node wrote another one under its number. What is no such event is passed over.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn mirror(&mut self, body: &str) -> rusqlite::Result<()> {
        let Ok(AlertMessage { event, .. }) = AlertMessage::read(body) else { return Ok(()) };
        if event.id.is_empty() || event.seq == 0 {
            return Ok(());
        }
        let copied = copy::Copied {
            kind: "alert".to_owned(),
            id: event.id.clone(),
            seq: event.seq,
            written_ms: event.time.0,
            body: body.to_owned(),
            unsent: false,
        };
        self.append(&mut [Entry::Copied(Box::new(copied))]).map(drop)
    }

    /// Whether there is an alert of this id.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_alert(&self, id: &str) -> rusqlite::Result<bool> {
        self.db.prepare_cached("SELECT 1 FROM alert WHERE id = ?")?.exists([id])
    }

    /// The number of the newest entry that was written here.
    pub fn last(&self) -> u64 {
        self.last.max(0) as u64
    }

    /// Returns the hash of the newest entry, in hexadecimal digits. A copy kept elsewhere shows later whether an earlier entry
    /// was changed.
    pub fn head(&self) -> String {
        verify::hex(&self.hash)
    }

    /// Returns the number of alert events, and of those that were sent.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn alerts(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT count(*) FROM entry WHERE kind = 'alert'", [], |row| row.get(0))
    }

    /// Names the sinks: one that is new begins with what is written from here on, one that is no more is forgotten with
    /// its outbox.
    ///
    /// # Errors
    /// The disk refuses; the sinks are those from before.
    pub fn set_sinks(&mut self, names: &[&str]) -> rusqlite::Result<()> {
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let kept = serde_json::json!(names).to_string();
        let sql = "DELETE FROM sink WHERE name NOT IN (SELECT value FROM json_each(?))";
        transaction.execute(sql, [&kept])?;
        let sql = "INSERT OR IGNORE INTO sink SELECT value, (SELECT coalesce(max(n), 0) FROM entry) FROM json_each(?)";
        transaction.execute(sql, [&kept])?;
        transaction.commit()
    }

    /// Returns the alerts of this node's name that have not ended, in the order of their newest events.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open_alerts(&self) -> rusqlite::Result<Vec<OpenAlert>> {
        let sql = "SELECT a.id, e.body, e.put_out > 0 FROM alert a JOIN entry e ON e.n = a.last_n
                   WHERE a.phase <> 'ended' AND e.body IS NOT NULL
                     AND EXISTS (SELECT 1 FROM entry own WHERE own.kind = 'alert' AND own.id = a.id) ORDER BY e.n";
        let mut statement = self.db.prepare(sql)?;
        let open = |row: &rusqlite::Row<'_>| {
            let id: String = row.get(0)?;
            let is_told = copy::is_told(&self.db, &id)?;
            Ok(OpenAlert { id, body: row.get(1)?, is_own: row.get(2)?, is_told })
        };
        statement.query_map([], open)?.collect()
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the outbox of a sink.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn outbox(&self, sink: &str) -> anyhow::Result<Outbox> {
        let db = connect(&self.path, WRITES).with_context(|| format!("journal {}", self.path.display()))?;
        Outbox::new(db, sink).with_context(|| format!("journal {}", self.path.display()))
    }

    /// Opens the decisions on what leaves for a sink.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn releases(&self, sink: &str) -> anyhow::Result<Releases> {
        let db = connect(&self.path, WRITES).with_context(|| format!("journal {}", self.path.display()))?;
        Releases::new(db, sink).with_context(|| format!("journal {}", self.path.display()))
    }
}

/// Copies the journal while it is being written to; the copy is whole.
///
/// # Errors
/// One of the files cannot be used, or the copy exists already.
pub fn backup(path: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        bail!("{} exists already; name a file that does not", to.display());
    }
    let from = open_for_reading(path)?;
    let mut copy = Connection::open(to).with_context(|| to.display().to_string())?;
    let backup = rusqlite::backup::Backup::new(&from, &mut copy)?;
    backup.run_to_completion(1000, Duration::from_millis(5), None)?;
    Ok(())
}

/// Made where absent.
const WRITES: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);

/// Opens the file for writing.
fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Where the disk refuses a file for writing, SQLite opens it for reading alone, and each write would fail until a restart.
    if db.is_readonly(rusqlite::MAIN_DB)? {
        let read_only = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(read_only, None));
    }
    // The write-ahead log is a file of its own.
    db.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
    Ok(db)
}

/// The journal is of a newer vigie: no restart heals that.
#[derive(Debug, thiserror::Error)]
#[error("it is of a newer vigie (schema {schema}, this one knows {known})", known = MIGRATIONS.len())]
pub struct TooNew {
    /// Schema of the journal.
    schema: usize,
}

/// Brings a file to the newest schema, unless it is of a newer vigie.
fn open_newest(db: &mut Connection) -> anyhow::Result<()> {
    let version: usize = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        bail!(TooNew { schema: version });
    }
    Ok(migrate(db)?)
}

/// Brings a file to the newest schema.
fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let version: usize = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = db.transaction()?;
        transaction.execute_batch(migration)?;
        if at + 1 == COVERS_EVERY_COLUMN
            && let Some(body) = verify::cover(&transaction)?
        {
            let (last, hash) = newest(&transaction)?;
            let new = New { kind: "chain", id: "chain", seq: 0, body: &body, put_out: PutOut::Nowhere };
            insert(&transaction, (last, &hash), &new)?;
        }
        transaction.pragma_update(None, "user_version", at + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// A journal that is open for reading.
pub type Reading = rusqlite::Connection;
/// What was read of a journal, or why it could not be.
pub type ReadResult<T> = rusqlite::Result<T>;
/// Why the disk refused entries.
pub type Refusal = rusqlite::Error;

/// Returns whether an error says that the disk is full.
pub fn is_full(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    // The index of the write-ahead log has no room to grow.
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
        || extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// Number and hash of the newest entry: another process may have written one.
fn newest(db: &Connection) -> rusqlite::Result<(i64, Hash)> {
    let sql = "SELECT n, hash FROM entry ORDER BY n DESC LIMIT 1";
    let newest = db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(newest.unwrap_or_default())
}

/// Gives an alert's event the next free number where another event has its own: no number means two things, and no event is left
/// out. An engine that lost messages to a damaged disk goes on from fewer events than the journal has.
fn renumber(db: &Transaction<'_>, event: &mut AlertEvent, body: &mut String) -> rusqlite::Result<()> {
    let is_same = |body: &Option<String>| {
        // An entry whose time is over has no body; nothing comes again after so long.
        let message = body.as_deref().and_then(|body| AlertMessage::read(body).ok());
        message.is_none_or(|message| {
            let was = &message.event;
            // A body has whole seconds.
            let second = |time: Time| time.0.div_euclid(1000);
            (was.phase, second(was.time), was.end_reason)
                == (event.phase, second(event.time), event.end_reason)
        })
    };
    let mut seq = event.seq;
    while let Some((_, body)) = copy::newest_of(db, "alert", &event.id, seq)? {
        if is_same(&body) {
            break;
        }
        seq += 1;
    }
    if seq != event.seq {
        let (log, id, was) = (crate::telemetry::JOURNAL_RENUMBERED, &event.id, event.seq);
        tracing::warn!(event = log, id, was, seq, "another event of this alert has this number already");
        event.seq = seq;
        if let Ok(mut message) = AlertMessage::read(body) {
            message.event.to_mut().seq = seq;
            *body = message.render();
        }
    }
    Ok(())
}

/// Whether an entry is an action of this node's own officers: its id is the stamp of its arrival.
fn is_own_action(entry: &Entry) -> bool {
    match entry {
        Entry::Action { action, origin: Origin::Console | Origin::Message, .. } => action.centre.is_none(),
        _ => false,
    }
}

/// Whether another action has this id and number. Where messages are lost and the clock is behind, stamps come again. An entry whose
/// time is over has no body.
fn is_anothers(db: &Transaction<'_>, id: &str, seq: u32, body: &str) -> rusqlite::Result<bool> {
    let sql =
        "SELECT body <> ?3 FROM entry WHERE kind = 'action' AND id = ?1 AND seq = ?2 AND body IS NOT NULL";
    Ok(db
        .prepare_cached(sql)?
        .query_row(params![id, seq, body], |row| row.get(0))
        .optional()?
        .unwrap_or(false))
}

/// Writes an alert as it is after an event, with its subjects and zones; `id` is the alert's key here.
fn state(db: &Transaction<'_>, id: &str, event: &AlertEvent, n: i64) -> rusqlite::Result<()> {
    let ended = (event.phase == Phase::Ended).then(|| event.ended.unwrap_or(event.time).0);
    db.prepare_cached(
        "INSERT INTO alert (id, pattern, rule, severity, phase, seq, onset_ms, time_ms, ended_ms, last_n)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET severity = ?4, phase = ?5, seq = ?6, time_ms = ?8, ended_ms = ?9, last_n = ?10
         WHERE seq < ?6",
    )?
    .execute(params![
        id,
        event.pattern,
        event.rule,
        event.severity.word(),
        event.phase.word(),
        event.seq,
        event.onset.0,
        event.time.0,
        ended,
        n,
    ])?;
    let mut put = db.prepare_cached("INSERT OR REPLACE INTO subject VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    for s in &event.subjects {
        put.execute(params![id, s.track, s.mmsi, s.imo, s.icao, s.name, s.call_sign])?;
    }
    let mut put = db.prepare_cached("INSERT OR IGNORE INTO zone VALUES (?, ?)")?;
    for zone in &event.zones {
        put.execute(params![id, zone.id])?;
    }
    Ok(())
}

/// Applies an action to an alert's state. What another centre does about an alert changes nothing here, but that it has
/// received it.
fn act(db: &Transaction<'_>, action: &Action) -> rusqlite::Result<()> {
    let ActionKind::Alert { alert, deed } = &action.kind else { return Ok(()) };
    if action.centre.is_some() && !matches!(deed, Deed::Received { .. }) {
        return Ok(());
    }
    match deed {
        Deed::Acknowledge => {
            // The first one counts: an acknowledged alert stays so.
            let sql = "UPDATE alert SET acknowledged_by = ?2, acknowledged_ms = ?3
                       WHERE id = ?1 AND acknowledged_by IS NULL";
            db.prepare_cached(sql)?.execute(params![alert, action.by, action.time.0])?;
        }
        Deed::Received { seq } => {
            let sql =
                "UPDATE alert SET received_by = ?2, received_seq = ?3 WHERE id = ?1 AND received_seq < ?3";
            db.prepare_cached(sql)?.execute(params![alert, action.by, seq])?;
        }
        Deed::Hold { held } => {
            db.prepare_cached("UPDATE alert SET held = ?2 WHERE id = ?1")?.execute(params![alert, held])?;
        }
        Deed::Close { .. } | Deed::Reopen => {
            let outcome = if let Deed::Close { outcome, .. } = deed { Some(outcome.word()) } else { None };
            db.prepare_cached("UPDATE alert SET outcome = ?2 WHERE id = ?1")?
                .execute(params![alert, outcome])?;
        }
        Deed::Assign { .. }
        | Deed::Comment { .. }
        | Deed::Mute
        | Deed::Offer { .. }
        | Deed::Accept
        | Deed::Refuse { .. }
        | Deed::Take { .. }
        | Deed::Disclose { .. }
        | Deed::Withhold { .. } => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
