//! The chain of hashes: each entry's covers the one before and every column, so that a change or a cut in the past shows.
//!
//! Whoever may write the file could make the whole chain anew. So the newest hash is told with every status, and who
//! kept one can ask whether it is in the chain. The tables beside the entries are checked too: they are made again from the
//! entries, and compared.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::derived::Derived;
use crate::clock;
use crate::model::{Action, Span, Time};

/// SHA-256 (FIPS 180-4).
pub(super) type Hash = [u8; 32];

/// Kind of the entry that covers entries from before the chain covered every column.
const CHAIN: &str = "chain";
/// Columns of an entry, as [`Row::read`] takes them.
const COLUMNS: &str = "n, kind, written_ms, id, seq, body, hash, body_hash, put_out";

/// An entry as it stands in the file.
#[derive(Debug)]
pub(super) struct Row {
    pub n: i64,
    pub kind: String,
    pub written_ms: i64,
    pub id: String,
    pub seq: u32,
    pub body: Option<String>,
    pub hash: Vec<u8>,
    /// `None` in an entry from before the chain covered every column.
    pub body_hash: Option<Vec<u8>>,
    pub put_out: i64,
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
        Ok(Row {
            n: row.get(0)?,
            kind: row.get(1)?,
            written_ms: row.get(2)?,
            id: row.get(3)?,
            seq: row.get(4)?,
            body: row.get(5)?,
            hash: row.get(6)?,
            body_hash: row.get(7)?,
            put_out: row.get(8)?,
        })
    }

    /// Returns the hash of the entry that follows another; `None` where it cannot be known, since the body is no more.
    pub(super) fn chained(&self, before: &Hash) -> Option<Hash> {
        let mut hash = Sha256::new();
        hash.update(before);
        match &self.body_hash {
            Some(body_hash) => {
                self.columns(&mut hash);
                hash.update(self.put_out.to_le_bytes());
                hash.update(body_hash);
            }
            None => {
                hash.update(self.kind.as_bytes());
                hash.update([0]);
                hash.update(self.body.as_ref()?.as_bytes());
            }
        }
        Some(hash.finalize().into())
    }

    fn columns(&self, hash: &mut Sha256) {
        hash.update(self.n.to_le_bytes());
        hash.update(self.written_ms.to_le_bytes());
        hash.update(self.seq.to_le_bytes());
        for text in [&self.kind, &self.id] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
}

/// Returns the hash of a text.
pub(super) fn digest(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// Renders a hash in hexadecimal digits.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the entry that covers those from before the chain covered every column, as they are: its body; `None` where there
/// are none.
pub(super) fn cover(db: &Connection) -> rusqlite::Result<Option<String>> {
    let mut covered = Covered::default();
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM entry ORDER BY n"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        covered.take(&Row::read(row)?);
    }
    Ok((covered.entries > 0).then(|| covered.body()))
}

/// Digest of entries from before the chain covered every column.
#[derive(Default)]
struct Covered {
    entries: u64,
    digest: Sha256,
}

impl Covered {
    fn take(&mut self, row: &Row) {
        self.entries += 1;
        row.columns(&mut self.digest);
        self.digest.update(&row.hash);
    }

    fn body(&self) -> String {
        let digest = hex(&self.digest.clone().finalize());
        serde_json::json!({ "entries": self.entries, "digest": digest }).to_string()
    }
}

/// Time for which entries were kept, and how many were emptied, as a retention entry says.
struct Emptying {
    n: i64,
    written_ms: i64,
    until: i64,
    emptied: u64,
    /// The shortest time; `None` in an entry from before it was noted.
    kept_ms: Option<i64>,
}

impl Emptying {
    fn read(row: &Row) -> Option<Emptying> {
        let body: serde_json::Value = serde_json::from_str(row.body.as_deref()?).ok()?;
        let kept_ms = body["kept_ms"].as_i64();
        Some(Emptying {
            n: row.n,
            written_ms: row.written_ms,
            until: body["until"].as_i64()?,
            emptied: body["emptied"].as_u64().unwrap_or(0),
            kept_ms,
        })
        .filter(|emptying| emptying.kept_ms.is_some() || row.body_hash.is_none())
    }

    /// Whether the time of an entry was over.
    fn covers(&self, n: i64, written_ms: i64, least_ms: i64) -> bool {
        let kept_ms = self.kept_ms.unwrap_or(0).max(least_ms);
        n <= self.until && n < self.n && self.written_ms - written_ms >= kept_ms
    }
}

/// What a verification is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// A newest hash that somebody kept, hexadecimal.
    pub head: Option<&'a str>,
    /// Time before which no entry may have been emptied.
    pub kept: Span,
    /// Reads an action as it is in the journal; the time is that at which it was written.
    pub parse: &'a dyn Fn(&str, Time) -> Option<Action>,
}

/// Result of verifying a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries looked at.
    pub entries: u64,
    /// Number of entries emptied because their retention time was over.
    pub emptied: u64,
    /// The shortest time for which an entry was kept that is emptied.
    pub kept: Option<Span>,
    /// The newest hash.
    pub head: String,
    /// First broken entry, and the fault.
    pub broken: Option<(u64, &'static str)>,
    /// Whether the hash asked for is in the chain; `None` where none was.
    pub holds: Option<bool>,
}

/// Goes along the chain, and compares the tables beside it.
///
/// # Errors
/// The file cannot be read.
pub fn verify(db: &Connection, question: &Question<'_>) -> rusqlite::Result<Verdict> {
    let mut walk = Walk::new(question)?;
    let columns =
        if has_body_hashes(db)? { COLUMNS } else { "n, kind, written_ms, id, seq, body, hash, NULL, 0" };
    let mut statement = db.prepare(&format!("SELECT {columns} FROM entry ORDER BY n"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let row = Row::read(row)?;
        if let Some(fault) = walk.take(&row)? {
            walk.verdict.broken = Some((row.n.max(0) as u64, fault));
            return Ok(walk.verdict);
        }
    }
    walk.end(db)
}

fn has_body_hashes(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM pragma_table_info('entry') WHERE name = 'body_hash'";
    db.query_row(sql, [], |row| row.get::<_, u32>(0)).map(|found| found > 0)
}

/// A verification under way.
struct Walk<'a> {
    question: &'a Question<'a>,
    verdict: Verdict,
    before: Hash,
    covered: Covered,
    emptyings: Vec<Emptying>,
    /// Entries that are emptied: number, and when they were written.
    emptied: Vec<(i64, i64)>,
    derived: Derived,
}

impl<'a> Walk<'a> {
    fn new(question: &'a Question<'a>) -> rusqlite::Result<Walk<'a>> {
        let verdict = Verdict {
            entries: 0,
            emptied: 0,
            kept: None,
            head: hex(&Hash::default()),
            broken: None,
            holds: question.head.map(|_| false),
        };
        Ok(Walk {
            question,
            verdict,
            before: Hash::default(),
            covered: Covered::default(),
            emptyings: Vec::new(),
            emptied: Vec::new(),
            derived: Derived::new()?,
        })
    }

    /// Takes the next entry; says what is wrong with it.
    fn take(&mut self, row: &Row) -> rusqlite::Result<Option<&'static str>> {
        self.verdict.entries += 1;
        if row.n != i64::try_from(self.verdict.entries).unwrap_or(i64::MAX) {
            return Ok(Some("entries are missing before it"));
        }
        let is_other = |hash: Hash| hash[..] != row.hash[..];
        let body_is_other = row
            .body
            .as_deref()
            .zip(row.body_hash.as_ref())
            .is_some_and(|(body, hash)| digest(body)[..] != hash[..]);
        if body_is_other || row.chained(&self.before).is_some_and(is_other) {
            return Ok(Some("it is not what was written"));
        }
        if row.kind == CHAIN && row.body.as_deref() != Some(&self.covered.body()) {
            return Ok(Some("entries from before the chain covered every column are not what was written"));
        }
        match (row.kind.as_str(), &row.body) {
            (_, None) => self.emptied.push((row.n, row.written_ms)),
            ("retention", Some(_)) => self.emptyings.extend(Emptying::read(row)),
            _ => {}
        }
        if row.body_hash.is_none() {
            self.covered.take(row);
        }
        self.derived.take(row, self.question.parse)?;
        self.before = [0; 32];
        self.before.iter_mut().zip(&row.hash).for_each(|(to, from)| *to = *from);
        self.verdict.head = hex(&self.before);
        if self.question.head.is_some_and(|head| head.eq_ignore_ascii_case(&self.verdict.head)) {
            self.verdict.holds = Some(true);
        }
        Ok(None)
    }

    fn end(mut self, db: &Connection) -> rusqlite::Result<Verdict> {
        self.verdict.emptied = self.emptied.len() as u64;
        self.verdict.broken = self.emptied_early();
        if self.verdict.broken.is_none() && has_body_hashes(db)? {
            self.verdict.broken = self.derived.compare(db)?;
        }
        Ok(self.verdict)
    }

    /// Returns the first entry that was emptied without its time being over.
    fn emptied_early(&mut self) -> Option<(u64, &'static str)> {
        let least_ms = self.question.kept.0;
        for (n, written_ms) in &self.emptied {
            let mut covering =
                self.emptyings.iter().filter(|emptying| emptying.covers(*n, *written_ms, least_ms));
            let Some(first) = covering.next() else {
                return Some((*n as u64, "it was emptied before its time"));
            };
            let kept = Span(first.written_ms - written_ms);
            self.verdict.kept = Some(self.verdict.kept.map_or(kept, |least| least.min(kept)));
        }
        let ahead = clock::now() + Span::from_secs(86_400);
        if let Some(future) = self.emptyings.iter().find(|emptying| emptying.written_ms > ahead.0) {
            return Some((future.n as u64, "it says that it was written in the future"));
        }
        let said: u64 = self.emptyings.iter().map(|emptying| emptying.emptied).sum();
        (said != self.verdict.emptied).then(|| {
            (
                self.emptied.last().map_or(0, |(n, _)| *n as u64),
                "more or fewer entries are emptied than retention says",
            )
        })
    }
}

/// Makes the chain anew, as somebody could who may write the file.
#[cfg(test)]
pub(super) fn rechain(db: &Connection) {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM entry ORDER BY n")).expect("reads");
    let rows: Vec<Row> =
        statement.query_map([], Row::read).expect("reads").map(|row| row.expect("a row")).collect();
    let mut before = Hash::default();
    for row in rows {
        let hash = row.chained(&before).unwrap_or_else(|| row.hash.clone().try_into().expect("a hash"));
        db.execute("UPDATE entry SET hash = ? WHERE n = ?", (hash, row.n)).expect("writes");
        before = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DAY, at, change, hundred_days_ago, rendered, verdict};
    use super::super::{COORDINATION, Journal, Keep, backup};
    use super::*;

    /// Spoils a copy of a journal, and makes its chain anew as somebody could who may write the file; what is found then.
    fn spoilt(folder: &tempfile::TempDir, sql: &str) -> Option<(u64, &'static str)> {
        let copy = tempfile::tempdir().expect("folder");
        std::fs::create_dir_all(copy.path().join("deep")).expect("folder");
        backup(&at(folder), &at(&copy)).expect("copies");
        let db = Connection::open(at(&copy)).expect("opens");
        db.execute_batch(sql).expect("spoils");
        rechain(&db);
        drop(db);
        verdict(&copy, None).broken
    }

    #[test]
    fn what_was_forged_beside_the_entries_shows() {
        let folder = tempfile::tempdir().expect("folder");
        let mut journal = Journal::open(&at(&folder)).expect("opens");
        hundred_days_ago(&mut journal);
        journal.append(&mut [rendered(1)]).expect("writes");
        assert_eq!(verdict(&folder, None).broken, None);
        let n = journal.last();
        for (sql, fault) in [
            (
                "UPDATE alert SET severity = 'extreme' WHERE id = 'case'",
                (3, "the table of alerts says otherwise"),
            ),
            ("UPDATE alert SET outcome = NULL WHERE id = 'false'", (1, "the table of alerts says otherwise")),
            ("DELETE FROM subject", (n, "the table of subjects says otherwise")),
            ("DELETE FROM zone", (n, "the table of zones says otherwise")),
            (
                "DELETE FROM subject; DELETE FROM zone; DELETE FROM alert",
                (n, "the table of alerts says otherwise"),
            ),
            (
                "INSERT INTO alert (id, pattern, rule, severity, phase, seq, onset_ms, time_ms, last_n)
              VALUES ('none', 'zone', 'r', 'minor', 'ended', 1, 0, 0, 1)",
                (0, "the table of alerts says otherwise"),
            ),
            ("DELETE FROM outbox", (n, "the outbox lacks it though it was not sent")),
        ] {
            assert_eq!(spoilt(&folder, sql), Some(fault), "{sql}");
        }
        let mut outbox = journal.outbox(COORDINATION).expect("opens");
        outbox.sent(n).expect("writes");
        assert_eq!(verdict(&folder, None).broken, None, "what was sent is no longer in the outbox");
    }

    #[test]
    fn entries_that_are_emptied_under_a_forged_retention_show() {
        let folder = tempfile::tempdir().expect("folder");
        let mut journal = Journal::open(&at(&folder)).expect("opens");
        hundred_days_ago(&mut journal);
        journal.append(&mut [change("today")]).expect("writes");
        let n = journal.last();
        let forged = |body: &str| {
            let tables = "DELETE FROM outbox; DELETE FROM subject; DELETE FROM zone; DELETE FROM alert; UPDATE entry SET body = NULL";
            let digest = hex(&digest(body));
            format!(
                "{tables}; INSERT INTO entry (n, kind, written_ms, id, seq, body, hash, body_hash)
                 VALUES ({}, 'retention', {}, 'r', 0, '{body}', zeroblob(32), x'{digest}')",
                n + 1,
                clock::now().0
            )
        };
        let early = Some((1, "it was emptied before its time"));
        assert_eq!(spoilt(&folder, &forged(&format!(r#"{{"until":{n},"emptied":{n}}}"#))), early);
        let day = DAY.0;
        let today = Some((n, "it was emptied before its time"));
        assert_eq!(
            spoilt(&folder, &forged(&format!(r#"{{"until":{n},"emptied":{n},"kept_ms":{day}}}"#))),
            today
        );
        let some = "UPDATE entry SET body = NULL WHERE n = 4";
        assert_eq!(journal.retain(&Keep { alerts: DAY, false_alarms: DAY, log: DAY }).expect("writes"), 8);
        assert_eq!(verdict(&folder, None).kept.map(|kept| kept.0 / day), Some(100));
        assert!(spoilt(&folder, some).is_none(), "it is emptied");
        let held = "UPDATE entry SET body = NULL WHERE n = 3";
        assert_eq!(
            spoilt(&folder, held).map(|(_, fault)| fault),
            Some("more or fewer entries are emptied than retention says")
        );
    }
}
