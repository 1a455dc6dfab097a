//! Copy of the active node's journal in that of the standby: what the standby did not hear is brought over.
//!
//! The standby names the newest entry of the other journal that it has, by number and hash. The active node sends what came
//! after it, in parts. Who read what stays where it was read.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::verify::{self, Hash};
use super::{Journal, New, PutOut, insert, newest, state};
use crate::model::{AlertEvent, AlertMessage, Phase};

/// Kind of an event as it is published, where this node wrote another one under its number, or one that it took back.
const PUBLISHED: &str = "published";

/// Entry of the other node's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Kind of the entry: `alert`, `shared`, `action` or `change`.
    pub kind: String,
    /// Identifier of the alert, the action or the change.
    pub id: String,
    /// Number of the alert's event, else 0.
    pub seq: u32,
    /// Time at which the entry was written, milliseconds UTC, by the other machine's clock.
    pub written_ms: i64,
    /// Body as it is in the other journal.
    pub body: String,
    /// Whether the coordination channel does not have the entry yet.
    pub unsent: bool,
}

/// Part of the other node's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Entries in their order.
    pub entries: Vec<Copied>,
    /// The newest entry up to which this is, for [`part_after`].
    pub cursor: String,
    /// Whether nothing comes after it.
    pub is_last: bool,
}

/// Returns what a journal has after a cursor, of so many bytes about. A cursor that is not of this journal counts as its
/// beginning.
///
/// # Errors
/// The file cannot be read.
pub fn part_after(db: &Connection, cursor: &str, most_bytes: usize) -> rusqlite::Result<Part> {
    let known = cursor.split_once(':').and_then(|(n, hash)| Some((n.parse::<i64>().ok()?, hash)));
    let mut after = 0;
    if let Some((n, hash)) = known {
        let found: Option<Hash> =
            db.query_row("SELECT hash FROM entry WHERE n = ?", [n], |row| row.get(0)).optional()?;
        after = found.filter(|found| verify::hex(found) == hash).map_or(0, |_| n);
    }
    // An event that was published otherwise comes as it was published, both where it was written and where it was published.
    let sql = "SELECT e.n, e.hash, coalesce(own.kind, e.kind), e.id, e.seq, e.written_ms, coalesce(p.body, e.body),
                      EXISTS (SELECT 1 FROM outbox o WHERE o.sink = 'coordination' AND o.n IN (e.n, own.n, p.n))
               FROM entry e
               LEFT JOIN entry own ON e.kind = 'published' AND own.kind IN ('alert', 'shared') AND own.id = e.id AND own.seq = e.seq
               LEFT JOIN entry p ON e.kind IN ('alert', 'shared') AND p.kind = 'published' AND p.id = e.id AND p.seq = e.seq
               WHERE e.n > ? ORDER BY e.n";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([after])?;
    let mut part = Part { entries: Vec::new(), cursor: cursor.to_owned(), is_last: true };
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if bytes >= most_bytes {
            part.is_last = false;
            break;
        }
        let (n, hash, kind): (i64, Hash, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        part.cursor = format!("{n}:{}", verify::hex(&hash));
        let body: Option<String> = row.get(6)?;
        let Some(body) = body.filter(|_| matches!(kind.as_str(), "alert" | "shared" | "action" | "change"))
        else {
            continue;
        };
        bytes += body.len();
        let (id, seq, written_ms, unsent) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(7)?);
        part.entries.push(Copied { kind, id, seq, written_ms, body, unsent });
    }
    Ok(part)
}

/// Writes an alert's event of the other node down; returns number and hash of the entry where there is a new one.
pub(super) fn put(
    db: &Transaction<'_>,
    (last, before): (i64, &Hash),
    copied: &Copied,
) -> rusqlite::Result<Option<(i64, Hash)>> {
    let Copied { kind, id, seq, body, unsent, .. } = copied;
    let Ok(message) = AlertMessage::read(body) else { return Ok(None) };
    let stands = newest_of(db, kind, id, *seq)?;
    if let Some((n, stands)) = &stands {
        let is_same = stands.as_ref().is_none_or(|stands| stands == body);
        if !unsent || !is_same {
            note_sent(db, kind, id, *seq)?;
        }
        if is_same && !was_taken_back(db, *n)? {
            return Ok(None);
        }
    }
    let written = if stands.is_none() { kind } else { PUBLISHED };
    let new = New { kind: written, id, seq: *seq, body, put_out: PutOut::Nowhere };
    let new = insert(db, (last, before), &new)?;
    match (&new, &stands) {
        (Some((n, _)), None) => state(db, id, &message.event, *n)?,
        (Some((n, _)), Some(_)) => overrule(db, id, &message.event, *n)?,
        (None, _) => {}
    }
    // What was taken back twice is in the chain already.
    let n = new.as_ref().map(|(n, _)| *n).or(stands.map(|(n, _)| n));
    if let Some(n) = n.filter(|_| *unsent) {
        PutOut::Coordination.put(db, n)?;
    }
    Ok(new)
}

/// Writes an event again that this node took back, and that is to be sent after all: this node is active once more, and the other one
/// has not published it. Returns number and hash of the entry where there is a new one.
pub(super) fn put_again(
    db: &Transaction<'_>,
    (last, before): (i64, &Hash),
    event: &AlertEvent,
    body: &str,
) -> rusqlite::Result<Option<(i64, Hash)>> {
    let Some((stands, _)) = newest_of(db, "alert", &event.id, event.seq)? else { return Ok(None) };
    if !was_taken_back(db, stands)? {
        return Ok(None);
    }
    let new = New { kind: PUBLISHED, id: &event.id, seq: event.seq, body, put_out: PutOut::Everywhere };
    let new = insert(db, (last, before), &new)?;
    // What was taken back twice is in the chain already.
    let n = new.as_ref().map_or(stands, |(n, _)| *n);
    PutOut::Everywhere.put(db, n)?;
    if new.is_some() {
        overrule(db, &event.id, event, n)?;
    }
    Ok(new)
}

/// Returns number and body of the newest entry of an event: as it was written here, or as it was published.
pub(super) fn newest_of(
    db: &Transaction<'_>,
    kind: &str,
    id: &str,
    seq: u32,
) -> rusqlite::Result<Option<(i64, Option<String>)>> {
    let sql = "SELECT n, body FROM entry WHERE kind IN (?, 'published') AND id = ? AND seq = ? ORDER BY n DESC LIMIT 1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    db.prepare_cached(sql)?.query_row(params![kind, id, seq], row).optional()
}

/// Whether an entry was taken out of every outbox: it was written beside another active node.
fn was_taken_back(db: &Connection, n: i64) -> rusqlite::Result<bool> {
    let sql =
        "SELECT 1 FROM entry WHERE kind = 'unsent' AND n > ?1 AND json_extract(body, '$.after') < ?1 LIMIT 1";
    db.prepare_cached(sql)?.exists([n])
}

/// Whether anybody was told of an alert, or will be: not all of its events were taken back.
pub(super) fn is_told(db: &Connection, id: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT n FROM entry WHERE kind IN ('alert', 'published') AND id = ? ORDER BY n DESC";
    let mut statement = db.prepare_cached(sql)?;
    for n in statement.query_map([id], |row| row.get(0))? {
        if !was_taken_back(db, n?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes that what is to be sent of an event is not to be sent from here: the other node has sent it, or its own counts.
fn note_sent(db: &Transaction<'_>, kind: &str, id: &str, seq: u32) -> rusqlite::Result<()> {
    let Some((n, _)) = newest_of(db, kind, id, seq)? else { return Ok(()) };
    let sql = "DELETE FROM outbox WHERE n IN (SELECT n FROM entry WHERE kind IN (?, 'published') AND id = ? AND seq = ?)";
    if db.prepare_cached(sql)?.execute(params![kind, id, seq])? > 0 {
        let sql = "UPDATE sink SET sent_n = max(sent_n, ?) WHERE name = 'coordination'";
        db.prepare_cached(sql)?.execute([n])?;
    }
    Ok(())
}

/// Writes an alert as it was published, where this node had written the event otherwise: the row says what the other centres were
/// told.
pub(super) fn overrule(db: &Transaction<'_>, id: &str, event: &AlertEvent, n: i64) -> rusqlite::Result<()> {
    let ended = (event.phase == Phase::Ended).then(|| event.ended.unwrap_or(event.time).0);
    let sql =
        "UPDATE alert SET phase = ?2, time_ms = ?3, ended_ms = ?4, last_n = ?5 WHERE id = ?1 AND seq = ?6";
    db.prepare_cached(sql)?.execute(params![id, event.phase.word(), event.time.0, ended, n, event.seq])?;
    Ok(())
}

impl Journal {
    /// Takes what was written after an entry out of every outbox. Returns how many entries were not sent.
    ///
    /// # Errors
    /// The disk refuses; nothing was taken out.
    pub fn unsend(&mut self, after_n: u64) -> rusqlite::Result<usize> {
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let unsent = transaction.execute("DELETE FROM outbox WHERE n > ?1", [after_n])?;
        let (last, hash) = newest(&transaction)?;
        let (id, body) =
            (format!("unsent-{last}"), serde_json::json!({ "after": after_n, "unsent": unsent }).to_string());
        let new = New { kind: "unsent", id: &id, seq: 0, body: &body, put_out: PutOut::Nowhere };
        let new = insert(&transaction, (last, &hash), &new)?;
        transaction.commit()?;
        (self.last, self.hash) = new.unwrap_or((last, hash));
        Ok(unsent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, FILE, OpenAlert, open_for_reading};
    use crate::model::Time;
    use crate::sinks::event_json::{self, Stamp, tests::sample};

    fn event(id: &str, seq: u32, phase: Phase, at_s: i64) -> Entry {
        let event = AlertEvent { id: id.to_owned(), seq, phase, time: Time::from_secs(at_s), ..sample() };
        let stamp =
            Stamp { node: "n".into(), state: "BRB".into(), exercise: None, marks: Default::default() };
        let mut body = String::new();
        event_json::render(&event, &stamp, &mut body);
        Entry::Alert(Box::new(event), body)
    }

    struct Node {
        folder: tempfile::TempDir,
        journal: Journal,
        cursor: String,
    }

    impl Node {
        fn new() -> Node {
            let folder = tempfile::tempdir().expect("folder");
            let journal = Journal::open(&folder.path().join(FILE)).expect("opens");
            Node { folder, journal, cursor: String::new() }
        }

        fn write(&mut self, mut entries: Vec<Entry>) {
            self.journal.append(&mut entries).expect("writes");
        }

        /// Brings over what another node has after the cursor, in parts of one entry; returns how many entries came.
        fn copy_from(&mut self, other: &Node) -> usize {
            let db = open_for_reading(&other.folder.path().join(FILE)).expect("opens");
            let mut came = 0;
            loop {
                let part = part_after(&db, &self.cursor, 1).expect("reads");
                came += part.entries.len();
                self.write(part.entries.into_iter().map(|copied| Entry::Copied(Box::new(copied))).collect());
                self.cursor = part.cursor;
                if part.is_last {
                    return came;
                }
            }
        }

        fn open(&self) -> Vec<String> {
            self.journal.open_alerts().expect("reads").into_iter().map(|open| open.id).collect()
        }

        fn waiting(&self) -> u64 {
            self.journal.outbox("coordination").and_then(|outbox| Ok(outbox.waiting()?)).expect("reads")
        }
    }

    #[test]
    fn a_standby_has_what_it_did_not_hear_and_only_that_again() {
        let (mut active, mut standby) = (Node::new(), Node::new());
        active.write(vec![event("a", 1, Phase::Raised, 0), event("b", 1, Phase::Raised, 1)]);
        assert_eq!((standby.copy_from(&active), standby.open().len(), standby.waiting()), (2, 2, 2));
        active.write(vec![event("a", 2, Phase::Ended, 9)]);
        let mut outbox = active.journal.outbox("coordination").expect("opens");
        while let Some(due) = outbox.oldest().expect("reads") {
            outbox.sent(due.n).expect("writes");
        }
        assert_eq!((standby.copy_from(&active), standby.open()), (1, vec!["b".to_owned()]));
        let own = |node: &Node| node.journal.open_alerts().expect("reads").iter().all(|open| open.is_own);
        assert_eq!((own(&active), own(&standby)), (true, false));
        assert_eq!(standby.copy_from(&active), 0);
        // A cursor of another journal: all of it comes again, and what was sent is not sent from here.
        standby.cursor = "2:ff".to_owned();
        assert_eq!((standby.copy_from(&active), standby.waiting()), (3, 0));
        let db = open_for_reading(&standby.folder.path().join(FILE)).expect("opens");
        let verdict = crate::journal::tests::verdict_of(&db, None);
        assert_eq!((verdict.entries, verdict.broken), (3, None));
    }

    #[test]
    fn what_the_other_published_counts_where_this_one_wrote_otherwise() {
        let (mut active, mut standby) = (Node::new(), Node::new());
        active.write(vec![event("a", 1, Phase::Raised, 0), event("a", 2, Phase::Ended, 9)]);
        standby.write(vec![event("a", 1, Phase::Raised, 0), event("a", 2, Phase::Updated, 8)]);
        standby.copy_from(&active);
        assert_eq!(standby.open(), Vec::<String>::new());
        assert_eq!(standby.journal.last(), 3, "what was written stays");
    }

    #[test]
    fn of_an_alert_that_was_taken_back_nobody_is_told_the_end() {
        let mut node = Node::new();
        node.write(vec![event("a", 1, Phase::Raised, 0)]);
        let before = node.journal.last();
        node.write(vec![event("a", 2, Phase::Updated, 4), event("b", 1, Phase::Raised, 5)]);
        node.journal.unsend(before).expect("writes");
        let open = node.journal.open_alerts().expect("reads");
        let told: Vec<_> = open.iter().map(|open| (open.id.as_str(), open.is_told)).collect();
        assert_eq!(told, [("a", true), ("b", false)]);
        let waiting = node.waiting();
        let ends = open.iter().map(|OpenAlert { id, body, is_told, .. }| {
            let (id, body, is_told) = (id.clone(), body.clone(), *is_told);
            Entry::Lost { id, seq: 3, body, is_told }
        });
        node.write(ends.collect());
        assert_eq!((node.open().len(), node.waiting()), (0, waiting + 1));
    }

    #[test]
    fn what_the_other_publishes_counts_at_once_where_this_one_wrote_otherwise() {
        let mut node = Node::new();
        node.write(vec![event("a", 1, Phase::Raised, 0), event("a", 2, Phase::Ended, 9)]);
        let Entry::Alert(_, body) = event("a", 2, Phase::Updated, 8) else { unreachable!("it is one") };
        node.journal.mirror(&body).expect("writes");
        assert_eq!((node.open(), node.waiting()), (vec!["a".to_owned()], 1));
        let db = open_for_reading(&node.folder.path().join(FILE)).expect("opens");
        assert_eq!(crate::journal::tests::verdict_of(&db, None).broken, None);
    }

    /// Either node takes the same messages: what one takes back the other one raises too, and may die before it sends it.
    #[test]
    fn what_was_taken_back_is_sent_after_all_where_the_other_has_not_sent_it() {
        for is_copied in [true, false] {
            let (mut node, mut other) = (Node::new(), Node::new());
            let raised = || event("a", 1, Phase::Raised, 0);
            node.write(vec![raised()]);
            node.journal.unsend(0).expect("writes");
            let told = |node: &Node| node.journal.open_alerts().expect("reads")[0].is_told;
            assert_eq!((node.waiting(), told(&node)), (0, false));
            if is_copied {
                other.write(vec![raised()]);
                node.copy_from(&other);
            } else {
                node.write(vec![raised()]);
            }
            assert_eq!((node.waiting(), told(&node)), (1, true));
            node.write(vec![raised()]);
            assert_eq!(node.waiting(), 1, "once");
            node.journal.unsend(0).expect("writes");
            if is_copied {
                node.cursor = "0:".to_owned();
                node.copy_from(&other);
            } else {
                node.write(vec![raised()]);
            }
            assert_eq!(node.waiting(), 1, "it was taken back twice");
            let Entry::Alert(_, body) = raised() else { unreachable!("it is one") };
            node.journal.mirror(&body).expect("writes");
            assert_eq!(node.waiting(), 0, "the other one has sent it");
            let db = open_for_reading(&node.folder.path().join(FILE)).expect("opens");
            assert_eq!(crate::journal::tests::verdict_of(&db, None).broken, None);
        }
    }

    #[test]
    fn what_was_written_beside_another_active_node_is_not_sent() {
        let mut node = Node::new();
        node.write(vec![event("a", 1, Phase::Raised, 0)]);
        let before = node.journal.last();
        node.write(vec![event("a", 2, Phase::Updated, 5), event("b", 1, Phase::Raised, 6)]);
        assert_eq!(node.journal.unsend(before).expect("writes"), 2);
        assert_eq!(node.waiting(), 1);
    }
}
