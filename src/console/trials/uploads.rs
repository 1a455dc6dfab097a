//! Recordings that analysts upload for trials: a folder beside the journal, bounded in size. Files that no trial has used for a day
//! are removed, and all of them when the watch starts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{self, Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::may_try;
use super::recordings::{self, Recorded};
use crate::console::api::Failure;
use crate::console::guard::Problem;
use crate::console::http::{Shared, Who};
use crate::console::scene::lock;
use crate::telemetry;

/// Folder of the recordings, in the state folder.
const FOLDER: &str = "uploads";
/// Bytes of all recordings at most.
pub(crate) const MOST_BYTES: u64 = 1 << 30;
/// Recordings at most.
const MOST_FILES: usize = 32;
/// Bytes that stay free on the disk for the journal.
const LEFT_FREE: u64 = 1 << 30;
/// Time after the last use for which a recording is kept.
const LASTING: Duration = Duration::from_secs(86_400);
/// Longest time between two pieces of a recording that comes.
const PIECE: Duration = Duration::from_secs(30);
/// Bytes after which what came is brought to disk, so that the journal never waits for much of it.
const SYNC_EVERY: u64 = 8 << 20;
/// Pieces that wait for the disk at most.
const WAITING: usize = 4;

/// Uploaded recordings.
#[derive(Debug, Default)]
pub struct Uploads {
    folder: Option<PathBuf>,
    used: Mutex<BTreeMap<PathBuf, Instant>>,
    /// One recording comes at a time.
    receiving: tokio::sync::Mutex<()>,
}

/// Reason why a recording is not taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("recordings are uploaded to a watch, and none runs here: name them to vigie replay")]
    NoWatch,
    #[error("name: a file name of 1 to 128 characters, without / and not hidden")]
    Name,
    #[error("there is a recording of this name already, made by the watch")]
    Taken,
    #[error("another recording is being uploaded: wait until it is there")]
    Busy,
    #[error("{0} recordings are uploaded already: remove one that is not needed any more")]
    Many(usize),
    #[error("uploaded recordings may have {} MB in all, and {} MB are free: remove one, or cut the recording", MOST_BYTES >> 20, .0 >> 20)]
    Large(u64),
    #[error("the disk has too little room: 1 GB stays free for the journal")]
    Full,
    #[error("the recording is empty")]
    Empty,
    #[error("no more of the recording came for {} s", PIECE.as_secs())]
    Slow,
    #[error("the recording broke off on its way")]
    Broken,
    #[error("there is no uploaded recording of this name")]
    None,
    #[error("the disk refuses: {0}")]
    Disk(#[from] io::Error),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let status = match refusal {
            Refusal::NoWatch | Refusal::None => StatusCode::NOT_FOUND,
            Refusal::Name | Refusal::Empty | Refusal::Broken => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Taken | Refusal::Busy | Refusal::Many(_) => StatusCode::CONFLICT,
            Refusal::Large(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Full => StatusCode::INSUFFICIENT_STORAGE,
            Refusal::Slow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Disk(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Problem(status, refusal.to_string())
    }
}

impl Uploads {
    /// Returns the uploads of a state folder, without those of an earlier run.
    pub fn beside(journal: &Path) -> Uploads {
        let folder = journal.with_file_name(FOLDER);
        if let Err(error) = fs::remove_dir_all(&folder)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(event = telemetry::TRIAL, %error, "uploaded recordings of before are not removed");
        }
        Uploads { folder: Some(folder), ..Uploads::default() }
    }

    /// Returns how many bytes a recording may have; `None` where none is taken.
    pub fn room(&self) -> Option<u64> {
        self.folder.as_ref()?;
        let used: u64 = self.list().iter().map(|recorded| recorded.bytes).sum();
        Some(MOST_BYTES.saturating_sub(used))
    }

    /// Returns the uploaded recordings, oldest first. Those that nobody has used for long are removed.
    pub fn list(&self) -> Vec<Recorded> {
        let Some(folder) = self.folder.as_ref().filter(|folder| folder.is_dir()) else { return Vec::new() };
        let mut used = lock(&self.used);
        let mut found = recordings::list(std::slice::from_ref(folder));
        found.retain(|recorded| {
            let last = used.entry(recorded.path.clone()).or_insert_with(Instant::now);
            let is_kept = last.elapsed() < LASTING;
            if !is_kept {
                fs::remove_file(&recorded.path).ok();
            }
            is_kept
        });
        used.retain(|path, _| found.iter().any(|recorded| recorded.path == *path));
        found.into_iter().map(|recorded| Recorded { uploaded: true, ..recorded }).collect()
    }

    /// Notes that recordings are used.
    pub(super) fn note_use(&self, paths: &[PathBuf]) {
        let mut used = lock(&self.used);
        for path in paths {
            if let Some(last) = used.get_mut(path) {
                *last = Instant::now();
            }
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, Refusal> {
        let folder = self.folder.as_ref().ok_or(Refusal::NoWatch)?;
        let is_name = (1..=128).contains(&name.len())
            && !name.starts_with('.')
            && !name.contains(|c: char| c == '/' || c == '\\' || c.is_control());
        if is_name { Ok(folder.join(name)) } else { Err(Refusal::Name) }
    }

    /// Returns the path of a recording that is to come, and how many bytes it may have.
    fn admit(&self, name: &str, recorded: &[PathBuf]) -> Result<(PathBuf, u64), Refusal> {
        let path = self.path(name)?;
        if recordings::list(recorded).iter().any(|recorded| recorded.name == name) {
            return Err(Refusal::Taken);
        }
        let others: Vec<Recorded> = self.list().into_iter().filter(|other| other.path != path).collect();
        if others.len() >= MOST_FILES {
            return Err(Refusal::Many(others.len()));
        }
        let used: u64 = others.iter().map(|recorded| recorded.bytes).sum();
        Ok((path, MOST_BYTES.saturating_sub(used)))
    }
}

/// Returns the bytes that are free on the disk of a folder.
fn free(folder: &Path) -> io::Result<u64> {
    let about = rustix::fs::statvfs(folder)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

/// Writes the pieces that come into a hidden file, and gives it its name once all are there. Leaves nothing where that fails.
fn write(path: &Path, room: u64, mut pieces: mpsc::Receiver<Option<Bytes>>) -> Result<u64, Refusal> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let part = folder.join(".coming");
    let mut file = File::create(&part)?;
    let mut take = || -> Result<u64, Refusal> {
        let (mut bytes, mut unsynced) = (0, SYNC_EVERY);
        loop {
            let Some(piece) = pieces.blocking_recv() else { return Err(Refusal::Broken) };
            let Some(piece) = piece else { break };
            let length = piece.len() as u64;
            bytes += length;
            unsynced += length;
            if bytes > room {
                return Err(Refusal::Large(room));
            }
            if unsynced >= SYNC_EVERY {
                file.sync_data()?;
                unsynced = 0;
                if free(folder)? < LEFT_FREE {
                    return Err(Refusal::Full);
                }
            }
            file.write_all(&piece)?;
        }
        if bytes == 0 {
            return Err(Refusal::Empty);
        }
        file.sync_all()?;
        fs::rename(&part, path)?;
        Ok(bytes)
    };
    let taken = take();
    if taken.is_err() {
        fs::remove_file(&part).ok();
    }
    taken
}

/// Takes a recording for trials, for analysts and supervisors: whatever `vigie replay` reads as one file, as the body of the request.
///
/// A recording of the same name that was uploaded before is replaced. All of them may have 1 GiB together. One that no trial has used
/// for a day is removed; all are removed when the watch starts.
#[utoipa::path(put, path = "/api/v1/rules/recordings/{name}",
    params(("name" = String, Path, description = "File name of the recording.")),
    request_body(content = String, content_type = "application/octet-stream", description = "The recording's bytes."),
    responses((status = 201, body = Recorded), (status = 403, body = Failure), (status = 404, body = Failure),
        (status = 408, body = Failure), (status = 409, body = Failure), (status = 413, body = Failure),
        (status = 422, body = Failure), (status = 507, body = Failure)))]
pub(in crate::console) async fn upload(
    State(console): Shared,
    Extension(visitor): Who,
    extract::Path(name): extract::Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Recorded>), Problem> {
    may_try(&visitor)?;
    let uploads = &console.uploads;
    let _turn = uploads.receiving.try_lock().map_err(|_| Refusal::Busy)?;
    let (path, room) = uploads.admit(&name, &console.places.recordings)?;
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > room) {
        return Err(Refusal::Large(room).into());
    }
    let (send, pieces) = mpsc::channel(WAITING);
    let to = path.clone();
    let writing = tokio::task::spawn_blocking(move || write(&to, room, pieces));
    let (mut stream, mut fault) = (body.into_data_stream(), None);
    loop {
        let piece = match tokio::time::timeout(PIECE, stream.next()).await {
            Ok(Some(Ok(piece))) => Some(piece),
            Ok(None) => None,
            Ok(Some(Err(_))) => {
                fault = Some(Refusal::Broken);
                break;
            }
            Err(_) => {
                fault = Some(Refusal::Slow);
                break;
            }
        };
        let is_last = piece.is_none();
        // Where the writer has given up, it says why.
        if send.send(piece).await.is_err() || is_last {
            break;
        }
    }
    drop(send);
    let written = writing.await.unwrap_or(Err(Refusal::Broken));
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    let bytes = written?;
    let by = visitor.and_then(|visitor| visitor.user).map(|user| user.name).unwrap_or_default();
    tracing::info!(event = telemetry::TRIAL, name, bytes, by, "recording uploaded");
    let found = uploads.list().into_iter().find(|recorded| recorded.path == path);
    found.map(|recorded| (StatusCode::CREATED, Json(recorded))).ok_or_else(|| Refusal::None.into())
}

/// Removes a recording that was uploaded.
#[utoipa::path(delete, path = "/api/v1/rules/recordings/{name}",
    params(("name" = String, Path, description = "File name of the recording.")),
    responses((status = 204), (status = 403, body = Failure), (status = 404, body = Failure)))]
pub(in crate::console) async fn remove(
    State(console): Shared,
    Extension(visitor): Who,
    extract::Path(name): extract::Path<String>,
) -> Result<StatusCode, Problem> {
    may_try(&visitor)?;
    let path = console.uploads.path(&name)?;
    fs::remove_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::None,
        _ => Refusal::Disk(error),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_bounded_and_leave_nothing_where_they_break_off() {
        let state = tempfile::tempdir().expect("folder");
        let folder = state.path().join(FOLDER);
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("of-before.nmea"), "x").expect("writes");
        let uploads = Uploads::beside(&state.path().join("journal.db"));
        assert_eq!(uploads.list(), [], "those of before are gone");
        for name in ["", ".hidden", "../a", "a/b", "a\nb", &"a".repeat(129)] {
            assert!(matches!(uploads.path(name), Err(Refusal::Name)), "{name:?}");
        }
        let (path, room) = uploads.admit("night.nmea", &[]).expect("taken");
        assert_eq!(room, MOST_BYTES);
        let put = |room: u64, pieces: &[Option<&'static [u8]>]| {
            let (send, receive) = mpsc::channel(8);
            for piece in pieces {
                send.try_send(piece.map(Bytes::from_static)).expect("room");
            }
            drop(send);
            write(&path, room, receive)
        };
        let whole: [Option<&'static [u8]>; 3] = [Some(b"abc"), Some(b"def"), None];
        assert!(matches!(put(5, &whole), Err(Refusal::Large(5))));
        assert!(matches!(put(6, &whole[..2]), Err(Refusal::Broken)), "no end came");
        assert!(matches!(put(6, &[None]), Err(Refusal::Empty)));
        assert_eq!(fs::read_dir(&folder).expect("reads").count(), 0);
        assert_eq!(put(6, &whole).expect("written"), 6);
        let listed = uploads.list();
        assert!(listed.len() == 1 && listed[0].uploaded && listed[0].bytes == 6, "{listed:?}");
        assert_eq!(uploads.room(), Some(MOST_BYTES - 6));
        assert!(
            matches!(uploads.admit("other", std::slice::from_ref(&path)), Ok((_, room)) if room == MOST_BYTES - 6)
        );
        assert!(matches!(uploads.admit("night.nmea", &[path]), Err(Refusal::Taken)));
        assert!(matches!(Uploads::default().path("a"), Err(Refusal::NoWatch)));
    }

    #[test]
    fn what_nobody_uses_for_a_day_is_removed() {
        let state = tempfile::tempdir().expect("folder");
        let uploads = Uploads::beside(&state.path().join("journal.db"));
        fs::create_dir_all(state.path().join(FOLDER)).expect("made");
        let path = uploads.path("old.nmea").expect("a name");
        fs::write(&path, "x").expect("writes");
        assert_eq!(uploads.list().len(), 1);
        let Some(long_ago) = Instant::now().checked_sub(LASTING) else { return };
        lock(&uploads.used).insert(path.clone(), long_ago);
        uploads.note_use(std::slice::from_ref(&path));
        assert_eq!(uploads.list().len(), 1, "used just now");
        lock(&uploads.used).insert(path.clone(), long_ago);
        assert_eq!(uploads.list(), []);
        assert!(!path.exists());
    }
}
