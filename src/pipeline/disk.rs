//! Waiting for the disk: messages are synced in groups and then acknowledged; their results wait too.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::health::Board;
use crate::journal::reserve;
use crate::mqtt::Ack;
use crate::telemetry;

/// Pause before the disk is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Seconds between tries to keep the reserve again.
const KEEP_EVERY: u32 = 60;

/// Number of messages written. `file` syncs them to disk; `None` where the disk refuses writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Goal {
    pub count: u64,
    pub file: Option<Arc<File>>,
}

/// Number of messages that are on disk.
pub(super) type Safe = watch::Receiver<u64>;

/// The thread that syncs: as often as the disk can, and no more than there is to sync.
pub(super) fn sync(
    mut goal: watch::Receiver<Goal>,
    safe: &watch::Sender<u64>,
    board: &Board,
    runtime: &Handle,
) {
    while runtime.block_on(goal.changed()).is_ok() {
        let Goal { count, file } = goal.borrow_and_update().clone();
        while let Some(Err(error)) = file.as_ref().map(|file| file.sync_data()) {
            let known = board.note().input_error.replace(error.to_string()).is_some();
            if !known {
                tracing::error!(event = telemetry::INPUT_LOG, %error, "messages cannot be synced");
            }
            // They are in memory and with the system: the watch does not wait for a disk for good.
            if goal.has_changed().unwrap_or(true) {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        safe.send_replace(count);
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

/// Keeps the reserve, now and again each minute after it was given up; and looks whether the state folder is still there.
pub(super) async fn guard(folder: PathBuf, board: Arc<Board>) {
    let file = |folder: &Path| std::fs::metadata(folder).map(|file| (file.dev(), file.ino())).ok();
    let own = file(&folder);
    let mut is_first = true;
    let mut second = tokio::time::interval(PAUSE);
    for n in 0_u32.. {
        second.tick().await;
        let gone = "the state folder was removed: nothing that comes now outlives a restart; restart vigie";
        let is_gone = file(&folder) != own;
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
