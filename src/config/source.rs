//! Sources of a configuration's files: a folder, the folder that the program carries, or memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

/// The shipped `config/` folder.
pub static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/config");

/// A file that is larger than this is none of ours.
const MAX_FILE_BYTES: usize = 64 << 20;

/// Fault of a file of a configuration, or of a pattern of files.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    /// The file is too large.
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// The name is that of a folder.
    #[error("this is a folder; name the file in it, such as vigie.toml")]
    Folder,
    /// The system does not give the file.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// No file has the name.
    #[error("there is no such file")]
    Absent,
    /// The file is not UTF-8 from a line on.
    #[error("line {0} is not UTF-8; save the file as UTF-8")]
    NotUtf8(usize),
    /// The pattern of files is none.
    #[error("\"{pattern}\" is not a file pattern: {}", .fault.msg)]
    NoPattern {
        /// The pattern as written.
        pattern: String,
        /// The fault.
        fault: glob::PatternError,
    },
}

/// The folder that names in a configuration start from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder on disk.
    Folder(PathBuf),
    /// A folder inside the program.
    Embedded(&'static Dir<'static>),
    /// Names and texts.
    Memory(BTreeMap<String, String>),
    /// Another source, of which some files have another text, or are added.
    Edited(Box<Source>, BTreeMap<String, String>),
}

impl Source {
    /// Returns the text of a file.
    pub(super) fn read(&self, name: &str) -> Result<String, SourceError> {
        let bytes = match self {
            Source::Folder(folder) => {
                let path = folder.join(name);
                match std::fs::metadata(&path)? {
                    found if found.len() > MAX_FILE_BYTES as u64 => return Err(SourceError::TooLarge),
                    found if found.is_dir() => return Err(SourceError::Folder),
                    _ => std::fs::read(&path)?,
                }
            }
            Source::Embedded(dir) => dir.get_file(name).ok_or(SourceError::Absent)?.contents().to_vec(),
            Source::Memory(files) => files.get(name).ok_or(SourceError::Absent)?.clone().into_bytes(),
            Source::Edited(under, files) => match files.get(name) {
                Some(text) => text.clone().into_bytes(),
                None => return under.read(name),
            },
        };
        let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => rest.to_vec(),
            None => bytes,
        };
        String::from_utf8(bytes).map_err(|error| {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count()
                    + 1;
            SourceError::NotUtf8(line)
        })
    }

    /// Returns the text of a file with the byte order mark that it may begin with.
    pub(super) fn raw(&self, name: &str) -> Result<String, SourceError> {
        let text = self.read(name)?;
        let Source::Folder(folder) = self else { return Ok(text) };
        let has_mark = std::fs::read(folder.join(name))?.starts_with(b"\xef\xbb\xbf");
        Ok(if has_mark { format!("\u{feff}{text}") } else { text })
    }

    /// Returns the names of the files that a pattern with `*`, `?` and `**` matches, sorted.
    pub(super) fn find(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let wrong = |fault| SourceError::NoPattern { pattern: pattern.to_owned(), fault };
        let compiled = glob::Pattern::new(pattern).map_err(wrong)?;
        let options = glob::MatchOptions { require_literal_separator: true, ..Default::default() };
        let mut found: Vec<String> = match self {
            Source::Folder(folder) => {
                let whole = match folder.as_os_str().is_empty() || Path::new(pattern).is_absolute() {
                    true => pattern.to_owned(),
                    false => format!("{}/{pattern}", glob::Pattern::escape(&folder.to_string_lossy())),
                };
                let paths = glob::glob(&whole).map_err(wrong)?.flatten().filter(|path| path.is_file());
                paths
                    .map(|path| path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned())
                    .collect()
            }
            Source::Embedded(dir) => {
                let mut names = Vec::new();
                walk(dir, &mut names);
                names.into_iter().filter(|name| compiled.matches_with(name, options)).collect()
            }
            Source::Memory(files) => {
                files.keys().filter(|name| compiled.matches_with(name, options)).cloned().collect()
            }
            Source::Edited(under, files) => {
                let mut names = under.find(pattern)?;
                names.extend(files.keys().filter(|name| compiled.matches_with(name, options)).cloned());
                names
            }
        };
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// A file's name for people: what they would open.
    pub(super) fn shown(&self, name: &str) -> String {
        match self {
            Source::Folder(folder) => folder.join(name).display().to_string(),
            Source::Embedded(_) => format!("shipped:{name}"),
            Source::Memory(_) => name.to_owned(),
            Source::Edited(under, _) => under.shown(name),
        }
    }

    /// The path of a file that others read, such as a certificate.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Source::Folder(folder) => folder.join(name),
            Source::Edited(under, _) => under.path(name),
            Source::Embedded(_) | Source::Memory(_) => PathBuf::from(name),
        }
    }
}

fn walk(dir: &Dir<'_>, names: &mut Vec<String>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => walk(dir, names),
            DirEntry::File(file) => names.push(file.path().to_string_lossy().into_owned()),
        }
    }
}
