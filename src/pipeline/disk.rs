//! Waiting for the disk: messages are synced in groups and then acknowledged; their results wait too.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::state_keeper::identity;
use crate::health::Board;
use crate::journal::files::Written;
use crate::journal::reserve;
use crate::mqtt::Ack;
use crate::telemetry;

/// Interval between looks at the state folder.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Room that a start needs at least, bytes.
const ROOM: usize = 256 << 10;
/// Seconds between tries to keep the reserve again.
const KEEP_EVERY: u32 = 60;

/// Number of messages written. `file` syncs them to disk; `None` where nothing takes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Goal {
    pub count: u64,
    pub file: Option<Arc<Syncing>>,
}

/// A file of the input log that is being synced.
#[derive(Debug)]
pub(super) struct Syncing {
    file: Arc<dyn Written>,
    error: Mutex<Option<io::Error>>,
    has_failed: AtomicBool,
}

impl Syncing {
    pub(super) fn new(file: Arc<dyn Written>) -> Syncing {
        Syncing { file, error: Mutex::new(None), has_failed: AtomicBool::new(false) }
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    /// The disk refuses or has refused, or the file was removed or moved.
    pub(super) fn sync(&self) -> io::Result<()> {
        if self.has_failed.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk has refused to sync this file before"));
        }
        self.file.sync()
    }

    /// Notes that the disk refused to sync. A system may drop what it could not write: the file is not tried again.
    pub(super) fn fail(&self, error: io::Error) {
        self.has_failed.store(true, Ordering::SeqCst);
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    /// Returns why the disk refused, once.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Number of messages that are on disk.
pub(super) type Safe = watch::Receiver<u64>;

/// The thread that syncs: as often as the disk can, and no more than there is to sync. Messages that the disk refuses are not
/// safe: whoever keeps them writes them elsewhere.
pub(super) fn sync(mut goal: watch::Receiver<Goal>, safe: &watch::Sender<u64>, runtime: &Handle) {
    while runtime.block_on(goal.changed()).is_ok() {
        let due = goal.borrow_and_update().clone();
        sync_once(due, safe);
    }
}

/// Syncs what is due.
pub(super) fn sync_once(due: Goal, safe: &watch::Sender<u64>) {
    let Goal { count, file: Some(syncing) } = due else { return };
    match syncing.sync() {
        Ok(()) => drop(safe.send_replace(count)),
        Err(error) => syncing.fail(error),
    }
}

/// Gives the reserve up where the disk is full; returns whether there was one.
pub(super) fn give_reserve(folder: &Path, board: &Board) -> bool {
    if !reserve::give(folder) {
        return false;
    }
    board.note().reserve_given = true;
    let (event, folder) = (telemetry::DISK_RESERVE, folder.display());
    tracing::error!(event, %folder, bytes = reserve::RESERVE_BYTES, "the disk is full: the reserve is in use; make room");
    true
}

/// Gives the reserve up where the disk is full before the watch begins: no journal can be opened there.
pub(super) fn make_room(folder: &Path, board: &Board) {
    let path = folder.join("room");
    let written = std::fs::write(&path, vec![0; ROOM]);
    std::fs::remove_file(&path).ok();
    if written.is_err_and(|error| error.kind() == io::ErrorKind::StorageFull) {
        give_reserve(folder, board);
    }
}

/// Keeps the reserve, now and again each minute after it was given up; and looks whether the state folder is still there.
pub(super) async fn guard(folder: PathBuf, board: Arc<Board>) {
    let own = identity(&folder);
    let mut is_first = true;
    let mut second = tokio::time::interval(LOOK_EVERY);
    for n in 0_u32.. {
        second.tick().await;
        let gone = "the state folder was removed: what the journal holds is lost; restart vigie";
        let is_gone = identity(&folder) != own;
        let was_gone = std::mem::replace(&mut board.note().folder_error, is_gone.then_some(gone)).is_some();
        if is_gone && !was_gone {
            tracing::error!(event = telemetry::STATE_FOLDER, folder = %folder.display(), "{gone}");
        }
        let wanted = is_first || n.is_multiple_of(KEEP_EVERY) && board.note().reserve_given;
        if is_gone || !wanted {
            continue;
        }
        let at = folder.clone();
        match tokio::task::spawn_blocking(move || reserve::keep(&at)).await {
            Ok(Ok(())) => {
                if std::mem::take(&mut board.note().reserve_given) {
                    tracing::info!(
                        event = telemetry::DISK_RESERVE,
                        "the disk has room again: the reserve is kept"
                    );
                }
            }
            Ok(Err(error)) if is_first => {
                let (event, bytes) = (telemetry::DISK_RESERVE, reserve::RESERVE_BYTES);
                tracing::warn!(event, %error, bytes, "no room for the reserve: a full disk will stop the journal at once");
            }
            Ok(Err(_)) | Err(_) => {}
        }
        is_first = false;
    }
}

/// The task that acknowledges messages to the broker once they are on disk.
pub(super) async fn acknowledge(mut acks: mpsc::UnboundedReceiver<(u64, Ack)>, mut safe: Safe) {
    while let Some((count, ack)) = acks.recv().await {
        if safe.wait_for(|safe| *safe >= count).await.is_err() {
            return;
        }
        ack.give().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of which the first sync fails, and whose system has dropped then what it could not write.
    #[derive(Debug, Default)]
    struct Once(AtomicBool);

    impl Written for Once {
        fn write(&self, _: &[u8]) -> io::Result<()> {
            Ok(())
        }

        fn sync(&self) -> io::Result<()> {
            let has_failed = self.0.swap(true, Ordering::SeqCst);
            if has_failed { Ok(()) } else { Err(io::Error::other("input/output error")) }
        }
    }

    #[test]
    fn messages_of_a_file_that_once_failed_to_sync_are_not_safe_although_the_next_sync_succeeds() {
        let (safe, is_safe) = watch::channel(0);
        let syncing = Arc::new(Syncing::new(Arc::new(Once::default())));
        for count in [7, 9] {
            sync_once(Goal { count, file: Some(Arc::clone(&syncing)) }, &safe);
            assert_eq!(*is_safe.borrow(), 0);
        }
        assert!(syncing.take_error().is_some_and(|error| error.to_string().starts_with("input")));
    }
}
