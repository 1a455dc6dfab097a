//! Files that take the place of others at once: a reader sees the text before or the new one, and a crash leaves one of the two.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

/// Users of this machine who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever could read the file before; of a new one, whoever may read any other file.
    Anybody,
    /// The owner, and the group where it could read the file before. Owner and group stay.
    Group,
    /// The owner.
    Owner,
}

impl Readers {
    /// Rights of a new file.
    fn at_first(self) -> u32 {
        if self == Readers::Anybody { 0o666 } else { 0o600 }
    }

    /// Rights that a file has at most.
    fn at_most(self) -> u32 {
        match self {
            Readers::Anybody => 0o777,
            Readers::Group => 0o640,
            Readers::Owner => 0o600,
        }
    }
}

/// Puts a text in the place of a file's, or where there is no file yet. A link to a file stays one.
///
/// # Errors
/// The disk refuses; the file is as it was.
pub fn put(path: &Path, text: &[u8], readers: Readers) -> io::Result<()> {
    // A file that is not there yet has no other name.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = write_beside(&path, text, readers)?;
    or_removed(&beside, fs::rename(&beside, &path))?;
    sync_folder(&path)
}

/// Makes a file. One that is there stays as it is, also where somebody makes it at the same moment.
///
/// # Errors
/// The file is there, or the disk refuses.
pub fn create(path: &Path, text: &[u8], readers: Readers) -> io::Result<()> {
    let beside = write_beside(path, text, readers)?;
    // Unlike a renamed file, a link never takes the place of another.
    or_removed(&beside, fs::hard_link(&beside, path))?;
    fs::remove_file(&beside)?;
    sync_folder(path)
}

/// Removes the file beside where it cannot come to its place.
fn or_removed(beside: &Path, outcome: io::Result<()>) -> io::Result<()> {
    outcome.inspect_err(|_| drop(fs::remove_file(beside)))
}

/// Writes a text to disk beside the place of its file, with the rights that the file is to have.
fn write_beside(path: &Path, text: &[u8], readers: Readers) -> io::Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new~");
    let beside = path.with_file_name(name);
    // What a crash has left.
    fs::remove_file(&beside).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(readers.at_first()).open(&beside)?;
    let mut written = || {
        if let Ok(before) = fs::metadata(path) {
            match chown(&beside, Some(before.uid()), Some(before.gid())) {
                // Who may write in a folder need not own the files in it.
                Err(error)
                    if readers == Readers::Anybody && error.kind() == io::ErrorKind::PermissionDenied => {}
                other => other?,
            }
            file.set_permissions(Permissions::from_mode(before.mode() & readers.at_most()))?;
        }
        file.write_all(text)?;
        file.sync_all()
    };
    or_removed(&beside, written())?;
    Ok(beside)
}

/// Has the system write down which files a file's folder has.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(path: &Path) -> u32 {
        fs::metadata(path).expect("there").mode() & 0o777
    }

    #[test]
    fn rights_are_those_of_before_within_what_the_readers_allow() {
        let folder = tempfile::tempdir().expect("made");
        let path = folder.path().join("file");
        for (readers, new, before, after) in [
            (Readers::Owner, 0o600, 0o644, 0o600),
            (Readers::Group, 0o600, 0o644, 0o640),
            (Readers::Group, 0o600, 0o600, 0o600),
            (Readers::Anybody, rights(folder.path()) & 0o600, 0o755, 0o755),
        ] {
            put(&path, b"new", readers).expect("written");
            assert_eq!(rights(&path) & new, new, "{readers:?}");
            fs::set_permissions(&path, Permissions::from_mode(before)).expect("set");
            put(&path, b"newer", readers).expect("written");
            assert_eq!(
                (rights(&path), fs::read(&path).expect("read")),
                (after, b"newer".to_vec()),
                "{readers:?}"
            );
            fs::remove_file(&path).expect("removed");
        }
    }

    #[test]
    fn a_file_that_is_there_is_not_made_again() {
        let folder = tempfile::tempdir().expect("made");
        let path = folder.path().join("file");
        create(&path, b"first", Readers::Owner).expect("made");
        let refused = create(&path, b"second", Readers::Owner).expect_err("there already");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("read"), b"first");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing is left beside");
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().expect("made");
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "old").expect("written");
        std::os::unix::fs::symlink(&path, &link).expect("linked");
        put(&link, b"new", Readers::Anybody).expect("written");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&path).expect("read"), b"new");
    }
}
