//! Insertion of an entry behind the newest one of the chain.

use rusqlite::{Transaction, params};

use super::Entry;
use super::verify::{self, Hash};
use crate::clock;
use crate::model::{Action, ActionKind, Deed, Origin, centre_of};

/// The sinks that an entry is put into the outboxes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PutOut {
    Nowhere = 0,
    Everywhere = 1,
    /// Other centres alone.
    Centres = 2,
    /// The coordination channel alone.
    Coordination = 3,
}

impl PutOut {
    pub(super) fn of(entry: &Entry) -> PutOut {
        match entry {
            Entry::Alert(..) | Entry::Lost { is_told: true, .. } => PutOut::Everywhere,
            Entry::Action { action, origin, .. } => match origin {
                Origin::Console => PutOut::Everywhere,
                Origin::Receipt => PutOut::Centres,
                Origin::Message if action.centre.is_none() || is_to_relay(action) => PutOut::Centres,
                Origin::Message | Origin::ActiveNode => PutOut::Nowhere,
            },
            Entry::Lost { is_told: false, .. }
            | Entry::Shared(..)
            | Entry::Copied(_)
            | Entry::Change { .. }
            | Entry::Read { .. } => PutOut::Nowhere,
        }
    }

    /// Puts an entry into the outboxes where it is not yet.
    pub(super) fn put(self, db: &Transaction<'_>, n: i64) -> rusqlite::Result<()> {
        let sql = match self {
            PutOut::Nowhere => return Ok(()),
            PutOut::Everywhere => "INSERT OR IGNORE INTO outbox (sink, n) SELECT name, ? FROM sink",
            PutOut::Centres => {
                "INSERT OR IGNORE INTO outbox (sink, n) SELECT name, ? FROM sink WHERE name LIKE 'share:%'"
            }
            PutOut::Coordination => {
                "INSERT OR IGNORE INTO outbox (sink, n) SELECT name, ? FROM sink WHERE name = 'coordination'"
            }
        };
        db.prepare_cached(sql)?.execute([n]).map(drop)
    }
}

/// Whether an action of another centre goes on to the others that have the alert: this node raised the alert, and the action
/// decides about the lead of its incident.
fn is_to_relay(action: &Action) -> bool {
    let ActionKind::Alert { alert, deed } = &action.kind else { return false };
    centre_of(alert).is_none() && (deed.is_of_lead() || matches!(deed, Deed::Assign { .. }))
}

/// An entry that is to be written.
pub(super) struct New<'a> {
    pub kind: &'a str,
    pub id: &'a str,
    pub seq: u32,
    pub body: &'a str,
    pub put_out: PutOut,
}

/// Writes an entry that follows another; returns its number and hash, or `None` where there is one of this kind, id and number.
pub(super) fn insert(
    db: &Transaction<'_>,
    (last, before): (i64, &Hash),
    new: &New<'_>,
) -> rusqlite::Result<Option<(i64, Hash)>> {
    let body_hash = verify::digest(new.body);
    let row = verify::Row {
        n: last + 1,
        kind: new.kind.to_owned(),
        written_ms: clock::now().0,
        id: new.id.to_owned(),
        seq: new.seq,
        body: None,
        hash: Vec::new(),
        body_hash: Some(body_hash.to_vec()),
        put_out: new.put_out as i64,
    };
    let Some(hash) = row.chained(before) else { return Ok(None) };
    let sql = "INSERT INTO entry (n, kind, written_ms, id, seq, body, hash, body_hash, put_out)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id, seq) DO NOTHING";
    let values =
        params![row.n, row.kind, row.written_ms, row.id, row.seq, new.body, hash, body_hash, row.put_out];
    Ok((db.prepare_cached(sql)?.execute(values)? > 0).then_some((row.n, hash)))
}
