//! Queries of the journal by time, place and subject.

use std::path::Path;

use anyhow::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use crate::model::Time;

/// Filter of alerts; a condition that is absent selects every alert.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The alert has an event at this time or later.
    pub from: Option<Time>,
    /// Alerts that began before this time.
    pub until: Option<Time>,
    /// The alert is about this vessel or aircraft: its key, MMSI, IMO number, ICAO address, call sign, or a part of its name.
    pub vessel: Option<String>,
    /// Alerts in this zone.
    pub zone: Option<String>,
    /// Alerts of this pattern.
    pub pattern: Option<String>,
    /// Alerts of this rule.
    pub rule: Option<String>,
    /// The alert is open.
    pub open: bool,
    /// Every event is wanted, and not the newest of each alert alone.
    pub events: bool,
}

/// Opens a journal to read it, while a watch writes to it or not.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn open_for_reading(path: &Path) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(super::BUSY)?;
        db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'entry'", [], |row| {
            row.get::<_, u64>(0)
        })?;
        Ok::<_, rusqlite::Error>(db)
    };
    open().with_context(|| format!("journal {}: there is none, or it cannot be read", path.display()))
}

/// Gives every event that a filter asks for, as it was published, in the order in which they were written.
///
/// # Errors
/// The file cannot be read, or `take` fails.
pub fn events(
    db: &Connection,
    filter: &Filter,
    mut take: impl FnMut(String) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let (mut asked, mut values) = (Vec::new(), Vec::new());
    let mut ask = |sql: &str, value: Value| {
        values.push(value);
        asked.push(sql.replace('?', &format!("?{}", values.len())));
    };
    if let Some(from) = filter.from {
        ask("coalesce(a.ended_ms, a.time_ms) >= ?", Value::Integer(from.0));
    }
    if let Some(until) = filter.until {
        ask("a.onset_ms < ?", Value::Integer(until.0));
    }
    if let Some(pattern) = &filter.pattern {
        ask("a.pattern = ?", Value::Text(pattern.clone()));
    }
    if let Some(rule) = &filter.rule {
        ask("a.rule = ?", Value::Text(rule.clone()));
    }
    if let Some(zone) = &filter.zone {
        ask("a.id IN (SELECT alert FROM zone WHERE zone = ?)", Value::Text(zone.clone()));
    }
    if let Some(vessel) = &filter.vessel {
        let about = "a.id IN (SELECT alert FROM subject WHERE track = ? OR CAST(mmsi AS TEXT) = ?
                     OR CAST(imo AS TEXT) = ? OR lower(icao) = lower(?) OR upper(call_sign) = upper(?)
                     OR instr(upper(name), upper(?)) > 0)";
        ask(about, Value::Text(vessel.clone()));
    }
    if filter.open {
        asked.push("a.phase <> 'ended'".to_owned());
    }
    let of = if filter.events { "e.kind IN ('alert', 'shared') AND e.id = a.id" } else { "e.n = a.last_n" };
    let only = if asked.is_empty() { String::new() } else { format!("AND {}", asked.join(" AND ")) };
    let sql = format!(
        "SELECT e.body FROM alert a JOIN entry e ON {of}
         WHERE e.body IS NOT NULL {only} ORDER BY e.n"
    );
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        take(row.get(0)?)?;
        count += 1;
    }
    Ok(count)
}

/// Gives each alert whose id begins with some text: its newest event, and the officers' actions on it in their order.
///
/// # Errors
/// The file cannot be read.
pub fn about(db: &Connection, id: &str) -> rusqlite::Result<Vec<(String, Vec<String>)>> {
    let mut alerts = db.prepare(
        "SELECT a.id, e.body FROM alert a JOIN entry e ON e.n = a.last_n
         WHERE substr(a.id, 1, length(?1)) = ?1 AND e.body IS NOT NULL ORDER BY a.id LIMIT 10",
    )?;
    let found: Vec<(String, String)> =
        alerts.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut actions = db.prepare(
        "SELECT body FROM entry WHERE about = ?1 AND kind = 'action' AND body IS NOT NULL ORDER BY n",
    )?;
    let with_actions = |(id, body): (String, String)| {
        let done = actions.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((body, done))
    };
    found.into_iter().map(with_actions).collect()
}

/// An entry of the past, as a console folds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// `alert`, `shared`, `action` or `change`.
    pub kind: String,
    /// Identifier of the alert or of the action.
    pub id: String,
    /// Number of the alert in the order in which alerts were raised, from 1; `None` for other entries.
    pub place: Option<u64>,
    /// Time at which the entry was recorded, UTC ms.
    pub written_ms: i64,
    /// Body as published or received.
    pub body: String,
}

/// Gives what was written down since a time, and before it what is about alerts that are open and about marks; in its
/// order. How many alerts there have ever been.
///
/// # Errors
/// The file cannot be read.
pub fn past(db: &Connection, since_ms: i64, mut take: impl FnMut(Past)) -> anyhow::Result<u64> {
    let mut statement = db.prepare(
        "WITH first AS (SELECT id, row_number() OVER (ORDER BY n) AS place 
                        FROM (SELECT id, min(n) AS n FROM entry WHERE kind IN ('alert', 'shared') GROUP BY id)),
              open AS (SELECT id FROM alert WHERE phase <> 'ended')
         SELECT e.kind, e.id, first.place, e.written_ms, e.body
         FROM entry e LEFT JOIN first ON e.kind IN ('alert', 'shared') AND first.id = e.id
         WHERE e.body IS NOT NULL AND e.kind IN ('alert', 'shared', 'action', 'change')
           AND (e.written_ms >= ?1
                OR e.kind IN ('alert', 'shared') AND e.id IN open
                OR e.kind = 'action' AND json_valid(e.body)
                   AND (e.body ->> '$.action' IN ('mark', 'unmark') OR e.body ->> '$.alert' IN open))
         ORDER BY e.n",
    )?;
    let mut rows = statement.query([since_ms])?;
    while let Some(row) = rows.next()? {
        take(Past {
            kind: row.get(0)?,
            id: row.get(1)?,
            place: row.get(2)?,
            written_ms: row.get(3)?,
            body: row.get(4)?,
        });
    }
    let sql = "SELECT count(DISTINCT id) FROM entry WHERE kind IN ('alert', 'shared')";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}
