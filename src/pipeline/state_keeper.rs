//! Keeps what a restart goes on from: messages in the input log, and checkpoints of the state.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::disk::Goal;
use crate::health::Board;
use crate::journal::checkpoint;
use crate::journal::input::{self, InputLog};
use crate::telemetry;

/// A checkpoint is written when so many bytes of messages have come since the last, if not before.
const CHECKPOINT_BYTES: u64 = 64 << 20;
/// After the disk was full, it must take so many bytes before it is used again.
const ROOM: usize = 1 << 20;
/// Taking the state may take one part in so many of the time: a large picture is saved less often.
const CHECKPOINT_SHARE: u32 = 50;

/// The input log and the checkpoints of a state folder.
pub(super) struct StateKeeper {
    folder: PathBuf,
    board: Arc<Board>,
    /// `None` while the disk refuses it.
    log: Option<InputLog>,
    /// When the last checkpoint was taken.
    last: Instant,
    /// Interval between checkpoints, as configured.
    at_least: Duration,
    /// Interval between checkpoints, as the picture's size allows.
    pub(super) every: Duration,
    /// The checkpoint that is being written.
    writing: Option<JoinHandle<std::io::Result<()>>>,
}

impl StateKeeper {
    /// Keeps nothing yet; checkpoints will come `at_least` apart.
    pub(super) fn new(folder: PathBuf, board: Arc<Board>, at_least: Duration) -> StateKeeper {
        StateKeeper {
            folder,
            board,
            log: None,
            last: Instant::now(),
            at_least,
            every: at_least,
            writing: None,
        }
    }

    /// Begins to keep messages from number `next` on, which a checkpoint is to come before.
    pub(super) fn begin(&mut self, next: u64) {
        input::clear_from(&self.folder, next);
        self.begin_log(next);
    }

    /// Logs a message; where the disk refuses, the watch goes on without.
    pub(super) fn append(&mut self, topic: &str, arrival_ns: i64, payload: &[u8]) {
        if let Some(log) = &mut self.log
            && let Err(error) = log.append(topic, arrival_ns, payload)
        {
            self.refused(&error);
        }
    }

    /// Hands what was logged to the system; returns what is to be synced for `count` messages to be on disk.
    pub(super) fn flush(&mut self, count: u64) -> Goal {
        if let Some(log) = &mut self.log
            && let Err(error) = log.flush()
        {
            self.refused(&error);
        }
        Goal { count, file: self.log.as_ref().map(InputLog::file) }
    }

    /// Tries the disk again where it refused; whether a checkpoint is to be taken.
    pub(super) fn is_due(&mut self, next: u64) -> bool {
        if self.log.is_none() {
            self.begin_log(next);
            if self.log.is_some() {
                return true;
            }
        }
        let full = self.log.as_ref().is_some_and(|log| log.bytes() >= CHECKPOINT_BYTES);
        full || self.last.elapsed() >= self.every
    }

    /// Takes a checkpoint before message `next`, and has it written aside; the log goes on in a new file. Does nothing
    /// while the one before is being written, or the disk refuses.
    pub(super) fn checkpoint(&mut self, next: u64, save: impl FnOnce() -> Vec<u8>) {
        self.settle(false);
        let Some(log) = &mut self.log else { return };
        if self.writing.is_some() {
            return;
        }
        if let Err(error) = log.rotate() {
            return self.refused(&error);
        }
        let started = Instant::now();
        let state = save();
        self.every = self.at_least.max(started.elapsed() * CHECKPOINT_SHARE);
        self.last = Instant::now();
        let folder = self.folder.clone();
        let write = move || {
            checkpoint::write(&folder, next, &state)?;
            input::forget(&folder, checkpoint::oldest(&folder));
            Ok(())
        };
        match std::thread::Builder::new().name("checkpoint".to_owned()).spawn(write) {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => self.refused(&error),
        }
    }

    /// Notes the outcome of a checkpoint that was written; with `wait`, also of one that is being written.
    pub(super) fn settle(&mut self, wait: bool) {
        match self.writing.take_if(|writing| wait || writing.is_finished()).map(JoinHandle::join) {
            Some(Ok(Err(error))) => self.refused(&error),
            Some(Err(_)) => {
                self.refused(&std::io::Error::other("the thread that writes checkpoints panicked"));
            }
            Some(Ok(Ok(()))) | None => {}
        }
    }

    fn begin_log(&mut self, next: u64) {
        // An empty file fits on a full disk: only one that takes something has room again.
        let room = self.folder.join("room");
        let begun = match self.board.note().input_error.is_some() {
            true => std::fs::write(&room, vec![0; ROOM]),
            false => Ok(()),
        };
        std::fs::remove_file(&room).ok();
        match begun.and_then(|()| InputLog::begin(&self.folder, next)) {
            Ok(log) => {
                self.log = Some(log);
                if self.board.note().input_error.take().is_some() {
                    tracing::info!(event = telemetry::INPUT_LOG, "messages are logged again");
                }
            }
            Err(error) => self.refused(&error),
        }
    }

    fn refused(&mut self, error: &std::io::Error) {
        self.log = None;
        if error.kind() == std::io::ErrorKind::StorageFull
            && super::disk::give_reserve(&self.folder, &self.board)
        {
            // The log begins anew with the next batch, after a checkpoint of what was lost of it.
            return;
        }
        let mut health = self.board.note();
        if health.input_error.is_none() {
            let folder = self.folder.display();
            let mend =
                "the watch goes on, but a restart would not know of what comes now: make room on the disk";
            tracing::error!(event = telemetry::INPUT_LOG, %folder, %error, mend, "messages are not logged");
        }
        health.input_error = Some(error.to_string());
    }
}
