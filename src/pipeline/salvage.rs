//! Opening of the journal: one that the disk has damaged is set aside, and a new one begins with what can be read of it.

use std::path::{Path, PathBuf};

use super::engine_thread::entry_of;
use crate::journal::copy::{self, Copied};
use crate::journal::{self, Entry, Journal, damage};
use crate::model::{Origin, Time};
use crate::telemetry;
use crate::wire::actions;

/// Bytes that are read at once of a damaged journal: what is in one part with the damage is not read.
const PART: usize = 16 << 10;

/// Returns an entry of another journal of this node as it is written here.
pub(super) fn entry_from(copied: Copied) -> Option<Entry> {
    match copied.kind.as_str() {
        "alert" | "shared" => Some(Entry::Copied(Box::new(copied))),
        "change" => Some(Entry::Change { id: copied.id, body: copied.body }),
        "action" => {
            let action = actions::parse(copied.body.as_bytes(), Time(copied.written_ms)).ok()?;
            Some(entry_of(&action, copied.id, copied.body.as_bytes(), Origin::ActiveNode))
        }
        _ => None,
    }
}

/// Opens the journal of a state folder. Returns also the path of one that is damaged, as long as it is there.
///
/// # Errors
/// The file cannot be used, or is of a newer vigie.
pub(super) fn open(folder: &Path) -> anyhow::Result<(Journal, Option<PathBuf>)> {
    let path = folder.join(journal::FILE);
    if !damage::is_marked(folder) {
        let error = match Journal::open(&path) {
            Ok(journal) => return Ok((journal, damage::aside(folder))),
            Err(error) => error,
        };
        let is_damage = error.chain().filter_map(|error| error.downcast_ref()).any(damage::is_damage);
        if !is_damage {
            return Err(error);
        }
    }
    let aside = damage::set_aside(folder)?;
    let mut journal = Journal::open(&path)?;
    let saved = salvage(&mut journal, &aside);
    let (event, file) = (telemetry::JOURNAL_DAMAGED, aside.display());
    tracing::error!(event, %file, saved, "the journal is damaged and was set aside; a new one begins with what could be read");
    Ok((journal, Some(aside)))
}

/// Takes over what can be read of a damaged journal; returns how many entries.
fn salvage(journal: &mut Journal, aside: &Path) -> usize {
    let Ok(db) = journal::open_for_reading(aside) else { return 0 };
    let (mut cursor, mut saved) = (String::new(), 0);
    while let Ok(part) = copy::part_after(&db, &cursor, PART) {
        let mut entries: Vec<Entry> = part.entries.into_iter().filter_map(entry_from).collect();
        let Ok(numbers) = journal.append(&mut entries) else { break };
        saved += numbers.iter().flatten().count();
        if part.is_last {
            break;
        }
        cursor = part.cursor;
    }
    saved
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    fn change(n: usize) -> Entry {
        Entry::Change { id: format!("change-{n}"), body: format!("{{\"filler\":\"{}\"}}", "x".repeat(3000)) }
    }

    #[test]
    fn a_damaged_journal_is_set_aside_and_what_can_be_read_of_it_is_kept() {
        for (at, least) in [(0, 0), (200_000, 20)] {
            let folder = tempfile::tempdir().expect("folder");
            let (mut journal, none) = open(folder.path()).expect("opens");
            assert_eq!(none, None);
            let mut entries: Vec<Entry> = (0..100).map(change).collect();
            journal.append(&mut entries).expect("writes");
            drop(journal);
            let file = std::fs::OpenOptions::new().write(true).open(folder.path().join(journal::FILE));
            file.expect("opens").write_all_at(&[0xa5; 8192], at).expect("spoils");
            if at > 0 {
                damage::mark(folder.path()).expect("writes");
            }
            let (mut journal, aside) = open(folder.path()).expect("begins anew");
            assert!(aside.is_some_and(|path| path.exists()));
            let saved = journal.last();
            assert!(saved >= least && saved < 100, "{saved}");
            journal.append(&mut [change(500)]).expect("writes");
            drop(journal);
            let (journal, aside) = open(folder.path()).expect("opens");
            assert_eq!((journal.last(), aside.is_some()), (saved + 1, true));
        }
    }
}
