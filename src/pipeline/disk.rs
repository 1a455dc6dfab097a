//! Waiting for the disk: messages are synced in groups and then acknowledged; their results wait too.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::health::Board;
use crate::mqtt::Ack;
use crate::telemetry;

/// Pause before the disk is tried again.
const PAUSE: Duration = Duration::from_secs(1);

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

/// The task that acknowledges messages to the broker once they are on disk.
pub(super) async fn acknowledge(mut acks: mpsc::UnboundedReceiver<(u64, Ack)>, mut safe: Safe) {
    while let Some((count, ack)) = acks.recv().await {
        if safe.wait_for(|safe| *safe >= count).await.is_err() {
            return;
        }
        ack.give().await;
    }
}
