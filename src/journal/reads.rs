//! Record of who read what: an entry for each read, recorded before the answer is given.

use std::path::Path;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use super::{Entry, Journal, connect};
use crate::model::Time;

/// A read of what is about persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Time of the read.
    pub time: Time,
    /// Name of the reader.
    pub by: String,
    /// Command or part of the console that read: `alerts`, `backup`, `reads`, `search`, `export`.
    pub what: &'static str,
    /// Query of the reader.
    pub asked: String,
}

impl Read {
    /// Returns the entry to be recorded.
    pub fn entry(&self) -> Entry {
        let Read { time, by, what, asked } = self;
        let body = json!({ "time": time.rfc3339(), "by": by, "what": what, "asked": asked });
        Entry::Read { body: body.to_string() }
    }
}

/// Writes down that a journal is read, beside a watch that writes to it or not.
///
/// # Errors
/// There is no journal, or it cannot be written to.
pub fn note(path: &Path, read: &Read) -> anyhow::Result<()> {
    let note = || {
        let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Journal::on(db, path)?.append(&mut [read.entry()])
    };
    note().map(drop).with_context(|| format!("journal {}", path.display()))
}

/// Gives every note of a read from one time until another, in the order in which they were written.
///
/// # Errors
/// The file cannot be read, or `take` fails.
pub fn reads(
    db: &Connection,
    [from, until]: [Option<Time>; 2],
    mut take: impl FnMut(String) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let sql = "SELECT body FROM entry WHERE kind = 'read' AND body IS NOT NULL
               AND written_ms >= ? AND written_ms < ? ORDER BY n";
    let mut statement = db.prepare(sql)?;
    let (from, until) = (from.map_or(i64::MIN, |time| time.0), until.map_or(i64::MAX, |time| time.0));
    let mut rows = statement.query([from, until])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        take(row.get(0)?)?;
        count += 1;
    }
    Ok(count)
}
