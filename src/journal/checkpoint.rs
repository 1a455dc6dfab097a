//! The engine as it was, and the number of the message that comes next.

use std::fs::File;
use std::io;
use std::path::Path;

use super::files::Files;

const MAGIC: &[u8; 8] = b"vigie-c1";
const HEAD: usize = 8 + 8 + 4;
/// The newest, and the one before: where the newest is damaged, that one with more messages gives the same.
const NAMES: [&str; 2] = ["checkpoint", "checkpoint.before"];

/// Writes a checkpoint, synced, in place of the one before last.
///
/// # Errors
/// The disk refuses; those there are stay.
pub fn write(files: &dyn Files, folder: &Path, next: u64, state: &[u8]) -> io::Result<()> {
    let (path, fresh) = (folder.join(NAMES[0]), folder.join("checkpoint.new"));
    let write = || {
        let file = files.create(&fresh)?;
        file.write(MAGIC)?;
        file.write(&next.to_le_bytes())?;
        file.write(&crc32fast::hash(state).to_le_bytes())?;
        file.write(state)?;
        file.sync()
    };
    // A part of it would take the room that messages need.
    write().inspect_err(|_| drop(files.remove(&fresh)))?;
    match files.rename(&path, &folder.join(NAMES[1])) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    files.rename(&fresh, &path)?;
    files.sync_folder(folder)
}

/// The checkpoints that are whole, the newest first: number of the next message, and state.
pub fn read(folder: &Path) -> Vec<(u64, Vec<u8>)> {
    NAMES.iter().filter_map(|name| one(&folder.join(name))).collect()
}

/// The checkpoint that was written last, where it is whole.
pub fn newest(folder: &Path) -> Option<(u64, Vec<u8>)> {
    one(&folder.join(NAMES[0]))
}

/// Number of the message from which the older of the two checkpoints needs the input log.
pub fn oldest(folder: &Path) -> u64 {
    let next = |name: &str| {
        let mut head = [0; HEAD];
        io::Read::read_exact(&mut File::open(folder.join(name)).ok()?, &mut head).ok()?;
        Some(u64::from_le_bytes(head[8..16].try_into().ok()?))
    };
    NAMES.iter().filter_map(|name| next(name)).min().unwrap_or(0)
}

/// Removes them: the state begins anew.
pub fn clear(folder: &Path) {
    for name in NAMES {
        std::fs::remove_file(folder.join(name)).ok();
    }
}

fn one(path: &Path) -> Option<(u64, Vec<u8>)> {
    let mut bytes = std::fs::read(path).ok()?;
    let head = bytes.get(..HEAD)?;
    let (next, sum) = (head[8..16].try_into().ok()?, head[16..20].try_into().ok()?);
    if &head[..8] != MAGIC || crc32fast::hash(&bytes[HEAD..]) != u32::from_le_bytes(sum) {
        return None;
    }
    bytes.drain(..HEAD);
    Some((u64::from_le_bytes(next), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::files::Machine;

    #[test]
    fn the_newest_whole_one_is_used() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(read(folder.path()), []);
        write(&Machine, folder.path(), 7, b"seven").expect("writes");
        write(&Machine, folder.path(), 9, b"nine").expect("writes");
        write(&Machine, folder.path(), 11, b"eleven").expect("writes");
        assert_eq!(read(folder.path()), [(11, b"eleven".to_vec()), (9, b"nine".to_vec())]);
        assert_eq!(oldest(folder.path()), 9);
        assert_eq!(newest(folder.path()), Some((11, b"eleven".to_vec())));
        let path = folder.path().join("checkpoint");
        let mut bytes = std::fs::read(&path).expect("reads");
        bytes[HEAD + 2] ^= 1;
        std::fs::write(&path, bytes).expect("writes");
        assert_eq!((read(folder.path()), newest(folder.path())), (vec![(9, b"nine".to_vec())], None));
        std::fs::write(&path, b"vig").expect("writes");
        assert_eq!(read(folder.path()).len(), 1);
    }
}
