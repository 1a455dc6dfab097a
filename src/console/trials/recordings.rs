//! Recordings that a trial can run over: the files of the folder that the watch records to, or those that are played.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;
use utoipa::ToSchema;

use super::uploads::Uploads;
use crate::model::Time;

/// A recording.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Recorded {
    /// File name.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last write, milliseconds UTC.
    pub written: i64,
    /// Whether somebody uploaded it; the watch did not record it.
    pub uploaded: bool,
    #[serde(skip)]
    pub(super) path: PathBuf,
}

/// Returns the files of some places, each a file or a folder, oldest write first; those that were uploaded come last.
pub fn all(places: &[PathBuf], uploads: &Uploads) -> Vec<Recorded> {
    let mut all = list(places);
    all.extend(uploads.list());
    all
}

/// Returns the files of some places, oldest write first.
pub(super) fn list(places: &[PathBuf]) -> Vec<Recorded> {
    let in_folder = |folder: &PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let files = places.iter().flat_map(|place| match place.is_dir() {
        true => in_folder(place),
        false => vec![place.clone()],
    });
    let mut found: Vec<Recorded> = files.filter_map(recorded).collect();
    found.sort_by(|a, b| (a.written, &a.name).cmp(&(b.written, &b.name)));
    found
}

fn recorded(path: PathBuf) -> Option<Recorded> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let about = std::fs::metadata(&path).ok().filter(|about| about.is_file() && !name.starts_with('.'))?;
    let written = about.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let written = i64::try_from(written.as_millis()).ok()?;
    Some(Recorded { name, bytes: about.len(), written, uploaded: false, path })
}

/// Fault of a choice of recordings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRecordings {
    /// Nothing is recorded.
    #[error("nothing is recorded here: start the watch with --record FOLDER, or upload a recording")]
    None,
    /// Nothing was written in the hours that were asked for.
    #[error("nothing was recorded in these hours")]
    Hours,
    /// A name is not in the list.
    #[error("there is no recording \"{0}\"")]
    Name(String),
}

/// Returns the files that are chosen: those of some names, or those that the watch has written since a time.
///
/// # Errors
/// There are none.
pub fn chosen(
    places: &[PathBuf],
    uploads: &Uploads,
    names: Option<&[String]>,
    since: Option<Time>,
) -> Result<Vec<PathBuf>, NoRecordings> {
    let all = match names {
        Some(_) => all(places, uploads),
        None => list(places),
    };
    if all.is_empty() {
        return Err(NoRecordings::None);
    }
    if let Some(names) = names {
        let path = |name: &String| {
            let found = all.iter().find(|recorded| recorded.name == *name);
            found.map(|recorded| recorded.path.clone()).ok_or_else(|| NoRecordings::Name(name.clone()))
        };
        return names.iter().map(path).collect();
    }
    let is_since = |recorded: &Recorded| since.is_none_or(|since| recorded.written >= since.0);
    let files: Vec<PathBuf> = all.into_iter().filter(is_since).map(|it| it.path).collect();
    if files.is_empty() { Err(NoRecordings::Hours) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_chosen_by_name_or_by_the_time_of_their_last_write() {
        let folder = tempfile::tempdir().expect("folder");
        let places = [folder.path().to_owned()];
        let choose = |names: Option<&[String]>, since: Option<i64>| {
            let files = chosen(&places, &Uploads::default(), names, since.map(Time))?;
            Ok(files
                .into_iter()
                .map(|file| file.file_name().unwrap_or_default().to_owned())
                .collect::<Vec<_>>())
        };
        assert_eq!(choose(None, None), Err(NoRecordings::None));
        for (name, written) in [("old.mcap", 1_000), ("new.mcap", 9_000), (".hidden", 9_000)] {
            let path = folder.path().join(name);
            std::fs::write(&path, "x").expect("writes");
            let file = std::fs::File::options().append(true).open(path).expect("opens");
            let written = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(written);
            file.set_modified(written).expect("sets");
        }
        assert_eq!(choose(None, Some(5_000)), Ok(vec!["new.mcap".into()]));
        assert_eq!(choose(None, Some(1_000)), Ok(vec!["old.mcap".into(), "new.mcap".into()]));
        assert_eq!(choose(None, None).map(|all| all.len()), Ok(2));
        assert_eq!(choose(None, Some(10_000)), Err(NoRecordings::Hours));
        assert_eq!(choose(Some(&["old.mcap".to_owned()]), None), Ok(vec!["old.mcap".into()]));
        // A name is one of the list, and never a way out of the folder.
        let outside = "../../etc/passwd".to_owned();
        assert_eq!(choose(Some(std::slice::from_ref(&outside)), None), Err(NoRecordings::Name(outside)));
    }
}
