//! The tables beside the entries, made again from the entries: a row that was forged or removed shows.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::verify::Row;
use super::{act, migrate, state};
use crate::model::{Action, ActionKind, AlertMessage, Time};

/// Rows of a table by alert, each as one text.
type Rows = BTreeMap<String, String>;

/// What entries say about an alert: they have times in whole seconds.
const SAID: &str = "SELECT id, json_array(pattern, rule, severity, phase, seq, onset_ms / 1000, time_ms / 1000, ended_ms / 1000, last_n) FROM alert";
/// What was done about an alert.
const DONE: &str =
    "SELECT id, json_array(acknowledged_by, received_by, received_seq, held, outcome) FROM alert";
const SUBJECTS: &str = "SELECT alert, json_group_array(json_array(track, mmsi, imo, icao, name, call_sign))
    FROM (SELECT * FROM subject ORDER BY alert, track) GROUP BY alert";
const ZONES: &str =
    "SELECT alert, json_group_array(zone) FROM (SELECT * FROM zone ORDER BY alert, zone) GROUP BY alert";

/// Tables that are made from entries as these come.
pub(super) struct Derived {
    db: Connection,
    /// Alerts of which an event cannot be read any more: nothing is known of their rows.
    unknown: BTreeSet<String>,
    /// Alerts that an action is about which cannot be read.
    undone: BTreeSet<String>,
    /// Whether actions were emptied: what was done about an alert is not known then.
    has_emptied_actions: bool,
    /// Entries that were put into the outbox of the coordination channel.
    put_out: BTreeSet<i64>,
}

impl Derived {
    pub(super) fn new() -> rusqlite::Result<Derived> {
        let mut db = Connection::open_in_memory()?;
        migrate(&mut db)?;
        // The entries themselves stay where they are.
        db.pragma_update(None, "foreign_keys", false)?;
        let (unknown, undone) = (BTreeSet::new(), BTreeSet::new());
        Ok(Derived { db, unknown, undone, has_emptied_actions: false, put_out: BTreeSet::new() })
    }

    /// Takes the next entry.
    pub(super) fn take(
        &mut self,
        row: &Row,
        parse: &dyn Fn(&str, Time) -> Option<Action>,
    ) -> rusqlite::Result<()> {
        if row.put_out == 1 && row.body.is_some() {
            self.put_out.insert(row.n);
        }
        match (row.kind.as_str(), &row.body) {
            ("alert" | "shared" | "published", Some(body)) => {
                let Ok(message) = AlertMessage::read(body) else {
                    self.unknown.insert(row.id.clone());
                    return Ok(());
                };
                let transaction = self.db.transaction()?;
                match row.kind.as_str() {
                    "published" => super::copy::overrule(&transaction, &row.id, &message.event, row.n)?,
                    _ => state(&transaction, &row.id, &message.event, row.n)?,
                }
                transaction.commit()
            }
            ("alert" | "shared" | "published", None) => {
                self.unknown.insert(row.id.clone());
                Ok(())
            }
            ("action", Some(body)) => {
                let Some(action) = parse(body, Time(row.written_ms)) else {
                    let about: Option<serde_json::Value> = serde_json::from_str(body).ok();
                    self.undone.extend(about.and_then(|about| about["alert"].as_str().map(str::to_owned)));
                    return Ok(());
                };
                if let ActionKind::Alert { .. } = &action.kind {
                    let transaction = self.db.transaction()?;
                    act(&transaction, &action)?;
                    transaction.commit()?;
                }
                Ok(())
            }
            ("action", None) => {
                self.has_emptied_actions = true;
                Ok(())
            }
            ("unsent", Some(body)) => {
                let after = serde_json::from_str::<serde_json::Value>(body)
                    .ok()
                    .and_then(|said| said["after"].as_i64());
                self.put_out.retain(|n| after.is_none_or(|after| *n <= after));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Compares the tables with those of a journal; returns the newest entry of the first alert that differs.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn compare(&self, db: &Connection) -> rusqlite::Result<Option<(u64, &'static str)>> {
        let mut compared = vec![
            (SAID, "the table of alerts says otherwise"),
            (SUBJECTS, "the table of subjects says otherwise"),
            (ZONES, "the table of zones says otherwise"),
        ];
        if !self.has_emptied_actions {
            compared.push((DONE, "the table of alerts says otherwise"));
        }
        for (sql, fault) in compared {
            let (here, there) = (rows(&self.db, sql)?, rows(db, sql)?);
            let is_known =
                |id: &String| !self.unknown.contains(id) && (sql != DONE || !self.undone.contains(id));
            let mut ids = here.keys().chain(there.keys()).filter(|id| is_known(id));
            if let Some(id) = ids.find(|id| here.get(*id) != there.get(*id)) {
                let newest =
                    "SELECT coalesce(max(n), 0) FROM entry WHERE kind IN ('alert', 'shared') AND id = ?";
                return Ok(Some((db.query_row(newest, [id], |row| row.get(0))?, fault)));
            }
        }
        self.compare_outbox(db)
    }

    fn compare_outbox(&self, db: &Connection) -> rusqlite::Result<Option<(u64, &'static str)>> {
        let sent = "SELECT coalesce(max(sent_n), 0) FROM sink WHERE name = 'coordination'";
        let sent: i64 = db.query_row(sent, [], |row| row.get(0))?;
        let waits = "SELECT count(*) FROM outbox WHERE sink = 'coordination' AND n = ?";
        for n in self.put_out.range(sent + 1..) {
            if db.query_row(waits, params![n], |row| row.get::<_, u32>(0))? == 0 {
                return Ok(Some((*n as u64, "the outbox lacks it though it was not sent")));
            }
        }
        Ok(None)
    }
}

fn rows(db: &Connection, sql: &str) -> rusqlite::Result<Rows> {
    let mut statement = db.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
