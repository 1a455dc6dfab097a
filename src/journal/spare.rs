//! A second place for the input log, in memory: it outlives this process where the disk of the state folder takes nothing.
//!
//! systemd names the place (`RUNTIME_DIRECTORY`) and keeps it over a restart of the service; elsewhere it is in `/dev/shm`.
//! A restart of the machine loses it.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Size up to which the spare folder is used, bytes: it is memory.
pub const SPARE_BYTES: u64 = 64 << 20;
/// Variable by which systemd names the folder of a running service.
const RUNTIME_DIRECTORY: &str = "RUNTIME_DIRECTORY";
/// Memory as a file system, where no service manager names a folder.
const SHARED_MEMORY: &str = "/dev/shm";

/// Returns the spare folder that belongs to a state folder; `None` where the machine has no place for one. It need not be there.
pub fn folder(state: &Path) -> Option<PathBuf> {
    let named = std::env::var(RUNTIME_DIRECTORY).ok();
    let place = named.as_deref().and_then(|names| names.split(':').next()).unwrap_or(SHARED_MEMORY);
    let place = Path::new(place);
    let state = std::path::absolute(state).ok()?;
    let name = format!("vigie-{:08x}", crc32fast::hash(state.as_os_str().as_encoded_bytes()));
    place.is_dir().then(|| place.join(name))
}

/// Makes the spare folder where it is absent.
///
/// # Errors
/// The folder cannot be made, or somebody else has made it: it says who was watched.
pub fn make(spare: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(spare) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // The state folder may be gone: the owner is known by the process itself.
    let (found, own) = (std::fs::symlink_metadata(spare)?, std::fs::metadata("/proc/self")?);
    match found.is_dir() && found.uid() == own.uid() && found.mode() & 0o077 == 0 {
        true => Ok(()),
        false => Err(io::Error::other(format!("{} is somebody else's", spare.display()))),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().expect("folder");
        let spare = folder.path().join("spare");
        make(&spare).expect("is made");
        make(&spare).expect("is there");
        std::fs::set_permissions(&spare, PermissionsExt::from_mode(0o755)).expect("sets");
        assert!(make(&spare).is_err());
    }

    #[test]
    fn each_state_folder_has_its_own() {
        assert_ne!(folder(Path::new("/a")), folder(Path::new("/b")));
        assert_eq!(folder(Path::new("/a")), folder(Path::new("/a")));
    }
}
