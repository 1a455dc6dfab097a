//! Puts texts of files on disk: each file whole or not at all, and all of them or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::in_place::{self, Readers};

/// A file and its new text; without a text it is removed.
pub(super) type Text<'a> = (&'a Path, Option<&'a str>);

/// Writes files. Where one cannot be written, those before it get their earlier content back.
///
/// # Errors
/// The first file that could not be written, and why.
pub(super) fn files(texts: &[Text<'_>]) -> Result<(), (PathBuf, io::Error)> {
    let mut earlier: Vec<(&Path, Option<Vec<u8>>)> = Vec::new();
    for (path, text) in texts {
        let before = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        };
        let done = before.and_then(|before| {
            earlier.push((path, before));
            put(path, text.map(str::as_bytes))
        });
        if let Err(error) = done {
            for (path, before) in earlier.iter().rev() {
                put(path, before.as_deref()).ok();
            }
            return Err((path.to_path_buf(), error));
        }
    }
    Ok(())
}

/// Writes one file, or removes it.
fn put(path: &Path, text: Option<&[u8]>) -> io::Result<()> {
    let Some(text) = text else {
        return match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
    };
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    in_place::put(path, text, Readers::Anybody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_all_or_none() {
        let folder = tempfile::tempdir().expect("made");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "old").expect("writes");
        fs::write(path("b"), "old").expect("writes");
        fs::create_dir(path("c")).expect("made");
        let (a, b, c) = (path("a"), path("b"), path("c"));
        let texts = [(a.as_path(), Some("new")), (b.as_path(), None), (c.as_path(), Some("new"))];
        let (at, _) = files(&texts).expect_err("a folder is no file");
        assert_eq!(at, c);
        assert_eq!(fs::read_to_string(&a).expect("reads"), "old");
        assert_eq!(fs::read_to_string(&b).expect("reads"), "old");
        files(&texts[..2]).expect("writes");
        assert_eq!(fs::read_to_string(&a).expect("reads"), "new");
        assert!(!b.exists());
        assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 2, "nothing is left over");
    }
}
