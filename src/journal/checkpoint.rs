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

/// The checkpoints that are whole, the newest first: number of the next message, and state. One that is there and cannot be used
/// is logged.
pub fn read(folder: &Path) -> Vec<(u64, Vec<u8>)> {
    let told = |name: &&str| {
        let path = folder.join(name);
        let checkpoint = one(&path);
        if let Err(error) = &checkpoint
            && error.kind() != io::ErrorKind::NotFound
        {
            let (event, file) = (crate::telemetry::RESUME, path.display());
            tracing::warn!(event, %file, %error, "this checkpoint cannot be used");
        }
        checkpoint.ok()
    };
    NAMES.iter().filter_map(told).collect()
}

/// The checkpoint that was written last, where it is whole.
pub fn newest(folder: &Path) -> Option<(u64, Vec<u8>)> {
    one(&folder.join(NAMES[0])).ok()
}

/// Number of the message from which the older of the two checkpoints needs the input log; 0 where one of them cannot be read now: it
/// may be the older one, and what it needs is kept.
pub fn oldest(folder: &Path) -> u64 {
    let next = |name: &str| {
        let mut head = [0; HEAD];
        match File::open(folder.join(name)).and_then(|mut file| io::Read::read_exact(&mut file, &mut head)) {
            Ok(()) if head.starts_with(MAGIC) => head[8..16].try_into().map(u64::from_le_bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Ok(()) | Err(_) => Some(0),
        }
    };
    NAMES.iter().filter_map(|name| next(name)).min().unwrap_or(0)
}

/// Removes them: the state begins anew.
pub fn clear(files: &dyn Files, folder: &Path) {
    for name in NAMES {
        files.remove(&folder.join(name)).ok();
    }
}

fn one(path: &Path) -> io::Result<(u64, Vec<u8>)> {
    let mut bytes = std::fs::read(path)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
    let next = whole(&bytes).ok_or_else(damaged)?;
    bytes.drain(..HEAD);
    Ok((next, bytes))
}

/// Number of the next message, where all of a checkpoint is as it was written.
fn whole(bytes: &[u8]) -> Option<u64> {
    let (head, state) = bytes.split_at_checked(HEAD)?;
    let (next, sum) = (head[8..16].try_into().ok()?, head[16..20].try_into().ok()?);
    let is_whole = &head[..8] == MAGIC && crc32fast::hash(state) == u32::from_le_bytes(sum);
    is_whole.then(|| u64::from_le_bytes(next))
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
        assert_eq!(one(&path).map_err(|error| error.kind()), Err(io::ErrorKind::InvalidData));
        assert_eq!(oldest(folder.path()), 9);
        for bytes in [&b"vig"[..], &[0xa5; 2 * HEAD]] {
            std::fs::write(&path, bytes).expect("writes");
            assert_eq!((read(folder.path()).len(), oldest(folder.path())), (1, 0), "all of the log is kept");
        }
        std::fs::remove_file(&path).expect("removes");
        assert_eq!(oldest(folder.path()), 9);
    }
}
