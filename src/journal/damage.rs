//! A journal that the disk has damaged: it is set aside under another name, so that a new one can begin.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::FILE;
use crate::clock;

/// Beginning of the name of a journal that was set aside.
const ASIDE: &str = "journal-damaged-";
/// File that says that the journal was found damaged while the watch was under way.
const MARK: &str = "journal-is-damaged";
/// Endings of the files of a journal: the database, its write-ahead log, and the index of that.
const ENDINGS: [&str; 3] = ["", "-wal", "-shm"];

/// Whether an error says that the file is damaged, or no journal at all.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Notes that the journal is damaged, for the next start.
///
/// # Errors
/// The disk refuses.
pub fn mark(folder: &Path) -> io::Result<()> {
    std::fs::write(folder.join(MARK), "")
}

/// Whether the journal was found damaged before.
pub fn is_marked(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

/// Sets the journal of a state folder aside; returns its new path.
///
/// # Errors
/// The disk refuses.
pub fn set_aside(folder: &Path) -> io::Result<PathBuf> {
    let now = clock::now().rfc3339().replace([':', '-'], "");
    let name = format!("{ASIDE}{now}.db");
    for ending in ENDINGS {
        match std::fs::rename(folder.join(format!("{FILE}{ending}")), folder.join(format!("{name}{ending}")))
        {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    match std::fs::remove_file(folder.join(MARK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(folder.join(name)),
    }
}

/// Returns the newest journal of a state folder that was set aside, while it is there.
pub fn aside(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let is_aside = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        name.starts_with(ASIDE) && name.ends_with(".db")
    };
    entries.filter(is_aside).max()
}
