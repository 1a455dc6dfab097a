//! What a journal holds, read from the outside.

use std::path::{Path, PathBuf};

use vigie::journal::{self, Filter};

/// The journal somewhere below a folder: an exercise's has a folder of its own.
pub fn below(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let own = entries.iter().find(|path| path.ends_with(journal::FILE)).cloned();
    own.or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|path| below(path)))
}

/// Every alert event, as it was published, in order; none while there is no journal.
pub fn events(folder: &Path) -> Vec<String> {
    let Some(path) = below(folder) else { return Vec::new() };
    let Ok(db) = journal::open_for_reading(&path) else { return Vec::new() };
    let mut events = Vec::new();
    let all = Filter { events: true, ..Filter::default() };
    journal::events(&db, &all, |event| {
        events.push(event);
        Ok(())
    })
    .expect("the journal is read");
    events
}
