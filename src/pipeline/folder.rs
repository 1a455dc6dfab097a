//! The state folder of a run, and its lock.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::clock;
use crate::model::{Span, Time};
use crate::telemetry;

/// Time after which a run of an exercise that died is over: its traffic is long past.
const DEAD_FOR: Span = Span::from_secs(3600);
/// File in the folder of a run of an exercise that ended in order.
const ENDED: &str = "ended";
/// Form of the moment in the folder's name, with a 0 for each digit.
const MOMENT: &str = "00000000T000000Z";

/// Held while a process works in a state folder.
#[derive(Debug)]
pub struct Lock {
    #[allow(dead_code, reason = "held")]
    file: File,
    /// File that says that the run has ended; the real thing never ends.
    ended: Option<PathBuf>,
}

impl Lock {
    /// Says that the run has ended in order: no later one goes on from it.
    pub fn end(self) {
        if let Some(Err(error)) = self.ended.map(|path| File::create(path).map(drop)) {
            tracing::warn!(event = telemetry::RESUME, %error, "the next run goes on from this one");
        }
    }
}

/// Takes the folder of a run in the state folder of the node, made where absent, for this process alone. An exercise has one for each
/// time that it is played; a run that died less than an hour ago is taken up.
///
/// # Errors
/// The folder cannot be used, or another process has it.
pub fn take(state: &Path, exercise: Option<&str>) -> anyhow::Result<(PathBuf, Lock)> {
    let Some(exercise) = exercise else {
        return Ok((state.to_owned(), lock(state)?));
    };
    let all = state.join("exercises");
    let (last, new) = (newest(&all, exercise), all.join(format!("{exercise}-{}", moment(clock::now()))));
    let died = last.filter(|last| !last.join(ENDED).exists() && clock::now() - touched(last) < DEAD_FOR);
    let taken_up = died.and_then(|folder| Some((lock(&folder).ok()?, folder)));
    let (mut lock, folder) = match taken_up {
        Some(taken_up) => {
            let (event, folder) = (telemetry::RESUME, taken_up.1.display());
            tracing::warn!(event, %folder, "the exercise goes on where its last run died: end it with Ctrl-C to begin anew");
            taken_up
        }
        None => (lock(&new)?, new),
    };
    lock.ended = Some(folder.join(ENDED));
    Ok((folder, lock))
}

/// Takes a state folder, made where absent, for this process alone.
///
/// # Errors
/// The folder cannot be used, or another process has it.
pub fn lock(folder: &Path) -> anyhow::Result<Lock> {
    let named = || format!("state folder {}", folder.display());
    // It tells who was watched: nobody else reads it.
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(named)?;
    let file = File::create(folder.join("lock")).with_context(named)?;
    if file.try_lock().is_err() {
        bail!("{}: another vigie is running on it", named());
    }
    Ok(Lock { file, ended: None })
}

/// Returns the folder of the newest run of an exercise.
fn newest(all: &Path, exercise: &str) -> Option<PathBuf> {
    let runs = std::fs::read_dir(all).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let of_exercise = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let moment = name.and_then(|name| name.strip_prefix(exercise)?.strip_prefix('-'));
        moment.is_some_and(|moment| moment.replace(|c: char| c.is_ascii_digit(), "0") == MOMENT)
    };
    runs.filter(of_exercise).max()
}

/// Returns when something in a folder was written last.
fn touched(folder: &Path) -> Time {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let written = files.filter_map(|file| file.metadata().and_then(|about| about.modified()).ok());
    let ms =
        written.filter_map(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).map(|since| since.as_millis());
    ms.max().map_or(Time::NEVER, |ms| Time(i64::try_from(ms).unwrap_or(i64::MAX)))
}

fn moment(at: Time) -> String {
    at.rfc3339().replace([':', '-'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exercise_that_died_goes_on_and_one_that_ended_begins_anew() {
        let state = tempfile::tempdir().expect("folder");
        let take = |exercise| super::take(state.path(), exercise);
        let all = state.path().join("exercises");
        let before = moment(clock::now() - Span::from_secs(60));
        let died = all.join(format!("dawn-{before}"));
        drop(lock(&died).expect("taken"));
        drop(lock(&all.join(format!("dawn-raid-{before}"))).expect("taken"));
        let (folder, held) = take(Some("dawn")).expect("taken");
        assert_eq!(folder, died, "goes on");
        let (beside, other) = take(Some("dawn")).expect("taken");
        assert_ne!(beside, died, "another process has it");
        drop(other);
        std::fs::remove_dir_all(beside).expect("removed");
        held.end();
        let (anew, held) = take(Some("dawn")).expect("taken");
        assert_ne!(anew, died, "ended in order");
        drop(held);
        let two_hours_ago = (clock::now() - Span::from_secs(7200)).0.cast_unsigned();
        let old = std::time::UNIX_EPOCH + std::time::Duration::from_millis(two_hours_ago);
        File::options()
            .write(true)
            .open(anew.join("lock"))
            .and_then(|file| file.set_modified(old))
            .expect("set");
        let renamed = all.join(format!("dawn-{}", moment(clock::now() - Span::from_secs(7200))));
        std::fs::rename(&anew, &renamed).expect("renamed");
        std::fs::remove_dir_all(&died).expect("removed");
        assert_ne!(take(Some("dawn")).expect("taken").0, renamed, "long past");
        assert_eq!(take(None).expect("taken").0, state.path());
    }
}
