//! Room that is kept free on the disk, so that alerts are still written down in the hour in which it is full.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Size of the reserve, bytes: some twenty thousand alerts, or the input of an hour.
pub const RESERVE_BYTES: u64 = 64 << 20;
/// Room that must be left beside it, bytes: the last of a full disk is not for the reserve.
const LEFT: u64 = 16 << 20;
/// Bytes that are written at a time.
const PIECE: usize = 1 << 20;
const NAME: &str = "reserve";

/// Keeps the reserve in a state folder: a file of zeros that takes its place on the disk.
///
/// # Errors
/// The disk has no room for it, or cannot be written.
pub fn keep(folder: &Path) -> io::Result<()> {
    let path = folder.join(NAME);
    if std::fs::metadata(&path).is_ok_and(|kept| kept.len() == RESERVE_BYTES) {
        return Ok(());
    }
    let part = folder.join("reserve.part");
    let write = || {
        let mut file = File::create(&part)?;
        let zeros = vec![0; PIECE];
        for _ in 0..(RESERVE_BYTES + LEFT) / PIECE as u64 {
            file.write_all(&zeros)?;
        }
        file.set_len(RESERVE_BYTES)?;
        file.sync_all()?;
        std::fs::rename(&part, &path)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&part)))
}

/// Gives the reserve up; returns whether there was one.
pub fn give(folder: &Path) -> bool {
    std::fs::remove_file(folder.join(NAME)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_once_and_given_once() {
        let folder = tempfile::tempdir().expect("folder");
        keep(folder.path()).expect("has room");
        keep(folder.path()).expect("is kept");
        assert_eq!(std::fs::metadata(folder.path().join(NAME)).expect("is there").len(), RESERVE_BYTES);
        assert!(give(folder.path()));
        assert!(!give(folder.path()));
    }
}
