//! The chain of hashes: each entry's covers the one before, so that a change or a cut in the past shows.
//!
//! Whoever may write the file could make the whole chain anew. So the newest hash is told with every status, and who
//! kept one can ask whether it is in the chain.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

/// SHA-256 (FIPS 180-4).
pub(super) type Hash = [u8; 32];

/// The hash of an entry that follows another.
pub(super) fn hash_of(before: &Hash, kind: &str, body: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(kind.as_bytes());
    hash.update([0]);
    hash.update(body.as_bytes());
    hash.finalize().into()
}

/// Renders a hash in hexadecimal digits.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Result of verifying a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries looked at.
    pub entries: u64,
    /// Number of entries emptied because their retention time was over.
    pub emptied: u64,
    /// The newest hash.
    pub head: String,
    /// First broken entry, and the fault.
    pub broken: Option<(u64, &'static str)>,
    /// Whether the hash asked for is in the chain; `None` where none was.
    pub holds: Option<bool>,
}

/// Goes along the chain; `head` is a newest hash that somebody kept, hexadecimal.
///
/// # Errors
/// The file cannot be read.
pub fn verify(db: &Connection, head: Option<&str>) -> rusqlite::Result<Verdict> {
    let mut verdict = Verdict {
        entries: 0,
        emptied: 0,
        head: hex(&Hash::default()),
        broken: None,
        holds: head.map(|_| false),
    };
    // What was emptied must be covered by an entry that says so.
    let over: Option<u64> = db.query_row(
        "SELECT max(json_extract(body, '$.until')) FROM entry WHERE kind = 'retention'",
        [],
        |row| row.get(0),
    )?;
    let mut statement = db.prepare("SELECT n, kind, body, hash FROM entry ORDER BY n")?;
    let mut rows = statement.query([])?;
    let mut before = Hash::default();
    while let Some(row) = rows.next()? {
        let (n, kind, body): (u64, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let hash: Vec<u8> = row.get(3)?;
        verdict.entries += 1;
        let fault = match &body {
            _ if n != verdict.entries => Some("entries are missing before it"),
            Some(body) if hash_of(&before, &kind, body)[..] != hash[..] => Some("it is not what was written"),
            None if over.is_none_or(|over| n > over) => Some("it was emptied before its time"),
            _ => None,
        };
        if let Some(fault) = fault {
            verdict.broken = Some((n, fault));
            return Ok(verdict);
        }
        verdict.emptied += u64::from(body.is_none());
        before.iter_mut().zip(&hash).for_each(|(to, from)| *to = *from);
        verdict.head = hex(&before);
        if head.is_some_and(|head| head.eq_ignore_ascii_case(&verdict.head)) {
            verdict.holds = Some(true);
        }
    }
    Ok(verdict)
}
