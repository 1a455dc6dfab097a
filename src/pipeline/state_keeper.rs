//! Keeps what a restart goes on from: messages in the input log, and checkpoints of the state.
//!
//! Messages stay in memory until they are synced. Where the disk refuses the log, it is written again from the first message
//! that was not synced: into the reserve, or into the spare folder. Where that refuses too, messages wait in memory and are
//! not acknowledged to the broker, which sends them again after a restart.

use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::disk::{self, Goal, Safe, Syncing};
use crate::health::Board;
use crate::journal::files::{Files, Written};
use crate::journal::input::{self, InputLog};
use crate::journal::{checkpoint, spare};
use crate::telemetry;

/// A checkpoint is written when so many bytes of messages have come since the last, if not before.
const CHECKPOINT_BYTES: u64 = 64 << 20;
/// Bytes of messages since a checkpoint was taken beyond which it is no longer waited for: the thread that makes it cannot follow.
const MOST_BEHIND: u64 = 4 * CHECKPOINT_BYTES;
/// After the disk refused, it must take so many bytes before it is used again.
const ROOM: usize = 1 << 20;
/// Taking the state on the engine's thread may take one part in so many of the time: a large picture is saved less often.
const CHECKPOINT_SHARE: u32 = 50;
/// Making it aside may take one part in so many of the time.
const MAKING_SHARE: u32 = 10;
/// Frames are handed to the system when so many bytes have gathered, if not before.
const BATCH_BYTES: usize = 1 << 20;
/// Messages that wait in memory for a disk, bytes.
const MOST_HELD: usize = 64 << 20;
/// Interval at which the end of the watch looks whether the journal has what came before a checkpoint.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The place where messages are logged.
enum Place {
    Disk(InputLog),
    Spare(InputLog),
    /// Nothing takes them.
    Memory,
}

/// Messages that are not synced yet.
struct Batch {
    /// Number after the last message.
    next: u64,
    frames: Vec<u8>,
}

/// The ways between the keeper and the threads of disk and journal.
pub(super) struct Ways {
    pub files: Arc<dyn Files>,
    /// Count of messages written.
    pub goal: watch::Sender<Goal>,
    /// Count of messages on disk.
    pub safe: Safe,
    /// Count of results of messages that are in the journal.
    pub settled: watch::Receiver<u64>,
}

/// The input log and the checkpoints of a state folder.
pub(super) struct StateKeeper {
    folder: PathBuf,
    /// Device and inode of the folder.
    identity: Option<(u64, u64)>,
    spare: Option<PathBuf>,
    board: Arc<Board>,
    ways: Ways,
    place: Place,
    /// The file that is being synced.
    syncing: Option<Arc<Syncing>>,
    /// Frames that gather.
    frames: Vec<u8>,
    /// The number that the next message gets.
    next: u64,
    /// The number of the first message of this run.
    began: u64,
    unsynced: VecDeque<Batch>,
    /// The number of the first message that is not synced.
    first_unsynced: u64,
    /// The try of a disk that refused.
    trying: Option<JoinHandle<io::Result<()>>>,
    /// When the last checkpoint was taken.
    last: Instant,
    /// Interval between checkpoints, as configured.
    at_least: Duration,
    /// Interval between checkpoints, as the picture's size allows.
    pub(super) every: Duration,
    /// Bytes of messages since the last checkpoint was taken.
    bytes: u64,
    /// The checkpoint that was taken and waits for the journal.
    taken: Option<Taken>,
    /// The checkpoint that is being made and written.
    writing: Option<Writing>,
    /// The newest checkpoint, where this run has written it and nothing failed since.
    base: Option<Base>,
}

/// A checkpoint on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// Number of the message after it.
    pub next: u64,
    /// Size of the state.
    pub bytes: usize,
}

/// Makes the state of a checkpoint; the flag tells that it is given up.
pub(super) type Make = Box<dyn FnOnce(&AtomicBool) -> anyhow::Result<Vec<u8>> + Send>;

/// The state before a message, saved or to be made. A restart from it repeats nothing of what came before: so it counts only once the
/// results of that are in the journal.
struct Taken {
    next: u64,
    make: Make,
    /// The file of the log with the last messages before.
    file: Arc<dyn Written>,
    /// Number of results that came before.
    given: u64,
}

/// A checkpoint that is being made and written.
struct Writing {
    given_up: Arc<AtomicBool>,
    /// Returns the checkpoint, and how long the making took.
    thread: JoinHandle<Result<(Base, Duration), NotWritten>>,
}

/// Why there is no checkpoint.
enum NotWritten {
    /// The state could not be made aside.
    Unmade(anyhow::Error),
    /// The disk refuses.
    Refused(io::Error),
}

/// Returns device and inode of a folder.
pub(super) fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).map(|file| (file.dev(), file.ino())).ok()
}

impl StateKeeper {
    /// Keeps nothing yet; checkpoints will come `at_least` apart.
    pub(super) fn new(folder: PathBuf, board: Arc<Board>, at_least: Duration, ways: Ways) -> StateKeeper {
        StateKeeper {
            identity: identity(&folder),
            spare: spare::folder(&folder),
            folder,
            board,
            ways,
            place: Place::Memory,
            syncing: None,
            frames: Vec::new(),
            next: 0,
            began: 0,
            unsynced: VecDeque::new(),
            first_unsynced: 0,
            trying: None,
            last: Instant::now(),
            at_least,
            every: at_least,
            bytes: 0,
            taken: None,
            writing: None,
            base: None,
        }
    }

    /// Brings the messages of the last run to disk. Some may be with the system alone: the journal must not get what follows from
    /// them before the disk has them.
    pub(super) fn sync_last_run(&self) {
        let folders = [Some(self.folder.as_path()), self.spare.as_deref()].into_iter().flatten();
        let folders: Vec<&Path> = folders.filter(|folder| folder.is_dir()).collect();
        if let Err(error) = input::sync(&*self.ways.files, &folders) {
            let (event, folder) = (telemetry::INPUT_LOG, self.folder.display());
            tracing::warn!(event, %folder, %error, "messages of the last run cannot be synced: a power cut now would lose them");
        }
    }

    /// Begins to keep messages from number `next` on, which a checkpoint is to come before.
    pub(super) fn begin(&mut self, next: u64) {
        (self.next, self.began, self.first_unsynced) = (next, next, next);
        for folder in [Some(&self.folder), self.spare.as_ref()].into_iter().flatten() {
            input::clear_from(&*self.ways.files, folder, next);
        }
        match self.log_in(&self.folder) {
            Ok(log) => self.put_in(Place::Disk(log)),
            Err(error) => self.refused(&error),
        }
    }

    /// Logs a message.
    pub(super) fn append(&mut self, topic: &str, arrival_ns: i64, payload: &[u8]) {
        input::encode(topic, arrival_ns, payload, &mut self.frames);
        self.next += 1;
        if self.frames.len() >= BATCH_BYTES {
            self.write();
        }
    }

    /// Returns how many messages no log takes; 0 where they only wait for a disk that is slow.
    pub(super) fn held(&self) -> u64 {
        let is_held = matches!(self.place, Place::Memory);
        if is_held { self.next - self.began.max(*self.ways.safe.borrow()) } else { 0 }
    }

    /// Hands what was logged to the system, and has it synced.
    pub(super) fn flush(&mut self) {
        self.write();
        self.let_go();
        if let Some(error) = self.syncing.as_ref().and_then(|syncing| syncing.take_error()) {
            self.refused(&error);
        }
        if self.ways.goal.borrow().count != self.next {
            self.send_goal();
        }
    }

    fn send_goal(&self) {
        self.ways.goal.send_replace(Goal { count: self.next, file: self.syncing.clone() });
    }

    /// Writes what gathered.
    fn write(&mut self) {
        if self.frames.is_empty() {
            return;
        }
        let again = self.unsynced.front().filter(|batch| batch.next <= *self.ways.safe.borrow());
        let empty = again.is_some().then(|| self.unsynced.pop_front()).flatten().map(|batch| {
            self.first_unsynced = batch.next;
            batch.frames
        });
        let mut empty = empty.unwrap_or_default();
        empty.clear();
        let frames = std::mem::replace(&mut self.frames, empty);
        self.bytes += frames.len() as u64;
        let written = match &mut self.place {
            Place::Disk(log) => log.put(&frames),
            Place::Spare(log) => match log.bytes() + frames.len() as u64 <= spare::SPARE_BYTES {
                true => log.put(&frames),
                false => Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the spare folder is full")),
            },
            Place::Memory => Ok(()),
        };
        self.unsynced.push_back(Batch { next: self.next, frames });
        if let Err(error) = written {
            self.refused(&error);
        }
        self.bound();
    }

    /// Forgets what is synced.
    fn let_go(&mut self) {
        let safe = *self.ways.safe.borrow();
        while let Some(batch) = self.unsynced.pop_front_if(|batch| batch.next <= safe) {
            self.first_unsynced = batch.next;
        }
    }

    /// Gives messages up that wait for a disk, where they take too much memory. The broker has them still: they are not
    /// acknowledged before a checkpoint covers them.
    fn bound(&mut self) {
        let waits = matches!(self.place, Place::Memory);
        let held = || self.unsynced.iter().map(|batch| batch.frames.len()).sum::<usize>();
        if waits && self.unsynced.len() > 1 && held() > MOST_HELD {
            self.unsynced.clear();
            self.first_unsynced = self.next;
        }
    }

    /// Tries the disk again where it refused; whether a checkpoint is to be taken.
    pub(super) fn is_due(&mut self) -> bool {
        match &self.place {
            Place::Disk(_) => self.bytes >= CHECKPOINT_BYTES || self.last.elapsed() >= self.every,
            Place::Spare(_) | Place::Memory => self.is_back(),
        }
    }

    /// Looks whether the disk takes something again, and goes on there.
    fn is_back(&mut self) -> bool {
        if identity(&self.folder) != self.identity {
            return false;
        }
        let Some(tried) = self.trying.take_if(|trying| trying.is_finished()) else {
            if self.trying.is_none() {
                let (files, room) = (Arc::clone(&self.ways.files), self.folder.join("room"));
                self.trying = Some(std::thread::spawn(move || has_room(&*files, &room)));
            }
            return false;
        };
        if !matches!(tried.join(), Ok(Ok(()))) {
            return false;
        }
        match self.go_back() {
            Ok(()) => {
                self.board.note().input_error = None;
                tracing::info!(event = telemetry::INPUT_LOG, "messages are logged again");
                true
            }
            Err(error) => {
                tracing::debug!(event = telemetry::INPUT_LOG, %error, "not yet");
                false
            }
        }
    }

    fn go_back(&mut self) -> io::Result<()> {
        if let Place::Spare(log) = &self.place {
            log.file().sync()?;
            self.unsynced.clear();
            self.first_unsynced = self.next;
        }
        let log = self.log_in(&self.folder)?;
        if let Some(spare) = &self.spare {
            input::clear_from(&*self.ways.files, spare, self.first_unsynced);
        }
        self.put_in(Place::Disk(log));
        self.send_goal();
        Ok(())
    }

    /// Begins a file with the messages that are not synced.
    fn log_in(&self, folder: &Path) -> io::Result<InputLog> {
        let mut log = InputLog::begin(&self.ways.files, folder, self.first_unsynced)?;
        self.fill(&mut log)?;
        Ok(log)
    }

    fn fill(&self, log: &mut InputLog) -> io::Result<()> {
        self.unsynced.iter().try_for_each(|batch| log.put(&batch.frames))
    }

    fn put_in(&mut self, place: Place) {
        self.syncing = match &place {
            Place::Disk(log) | Place::Spare(log) => Some(Arc::new(Syncing::new(log.file()))),
            Place::Memory => None,
        };
        self.place = place;
    }

    /// Goes on elsewhere where a place refuses.
    fn refused(&mut self, error: &io::Error) {
        let was_spare = matches!(self.place, Place::Spare(_));
        self.let_go();
        // Whatever is lost of the log, the engine has it.
        self.base = None;
        self.put_in(Place::Memory);
        let is_full = error.kind() == io::ErrorKind::StorageFull;
        if is_full
            && !was_spare
            && disk::give_reserve(&self.folder, &self.board)
            && let Ok(log) = self.log_in(&self.folder)
        {
            self.put_in(Place::Disk(log));
            return self.send_goal();
        }
        if !was_spare
            && let Some(spare) = &self.spare
            && let Ok(log) = spare::make(spare).and_then(|()| self.log_in(spare))
        {
            self.put_in(Place::Spare(log));
        }
        let goes_on = match &self.place {
            Place::Disk(_) | Place::Spare(_) => {
                "messages are kept in memory that outlives this process, not the machine"
            }
            Place::Memory => {
                "messages are not acknowledged: the broker keeps them, and sends no more than its limit in flight"
            }
        };
        let folder = self.folder.display();
        tracing::error!(event = telemetry::INPUT_LOG, %folder, %error, goes_on, "messages are not logged on disk; make room");
        let mut health = self.board.note();
        if !was_spare || health.input_error.is_none() {
            health.input_error = Some(error.to_string());
        }
        drop(health);
        self.send_goal();
    }

    /// Returns the newest checkpoint, where the next one can be made from it.
    pub(super) fn base(&self) -> Option<Base> {
        self.base
    }

    /// Takes a checkpoint before the next message, and has it made and written aside, once `given` results are in the journal; the log
    /// goes on in a new file. Nothing waits for the disk here. Does nothing while the one before is under way, or the disk
    /// refuses; returns whether it was taken.
    pub(super) fn checkpoint(&mut self, given: u64, take: impl FnOnce() -> Make) -> bool {
        self.settle(false);
        self.write();
        let Place::Disk(log) = &self.place else { return false };
        if self.writing.is_some() || self.taken.is_some() {
            if self.bytes > MOST_BEHIND {
                self.give_up();
            }
            return false;
        }
        let first = log.first();
        self.let_go();
        let unsynced: usize = self.unsynced.iter().map(|batch| batch.frames.len()).sum();
        // The new file begins with what is not synced: a slow disk keeps its file until the next checkpoint, and so does one that
        // has synced nothing of it.
        if self.unsynced.is_empty() || unsynced <= BATCH_BYTES && first != self.first_unsynced {
            let mut log = match InputLog::begin(&self.ways.files, &self.folder, self.first_unsynced) {
                Ok(log) => log,
                // There is no new file: the log goes on in the one before.
                Err(error) => {
                    self.no_checkpoint(&error);
                    return false;
                }
            };
            // One that is there without what it should hold takes no more.
            if let Err(error) = self.fill(&mut log) {
                self.no_checkpoint(&error);
                self.refused(&error);
                return false;
            }
            self.put_in(Place::Disk(log));
            self.send_goal();
        }
        let Place::Disk(log) = &self.place else { return false };
        let (file, started) = (log.file(), Instant::now());
        self.taken = Some(Taken { next: self.next, given, file, make: take() });
        self.every = self.at_least.max(started.elapsed() * CHECKPOINT_SHARE);
        (self.last, self.bytes) = (Instant::now(), 0);
        self.write_taken();
        true
    }

    /// Gives up the checkpoint that is not written yet: the next is taken on the engine's thread.
    pub(super) fn give_up(&mut self) {
        if self.taken.take().is_some() {
            self.base = None;
        }
        if let Some(writing) = &self.writing {
            writing.given_up.store(true, Ordering::Relaxed);
        }
    }

    /// Gives up the checkpoint that is not written yet, and waits until nothing is under way.
    pub(super) fn abandon(&mut self) {
        self.give_up();
        self.settle(true);
        self.base = None;
    }

    /// Makes and writes the checkpoint that was taken, if the journal has the results of what came before it.
    pub(super) fn write_taken(&mut self) {
        self.settle(false);
        let settled = *self.ways.settled.borrow();
        if self.writing.is_some() {
            return;
        }
        let Some(Taken { next, make, file, .. }) = self.taken.take_if(|taken| taken.given <= settled) else {
            return;
        };
        let (files, folder, spare) = (Arc::clone(&self.ways.files), self.folder.clone(), self.spare.clone());
        let given_up = Arc::new(AtomicBool::new(false));
        let is_given_up = Arc::clone(&given_up);
        let write = move || {
            let started = Instant::now();
            let state = make(&is_given_up).map_err(NotWritten::Unmade)?;
            let took = started.elapsed();
            file.sync().map_err(NotWritten::Refused)?;
            checkpoint::write(&*files, &folder, next, &state).map_err(NotWritten::Refused)?;
            let folders = [Some(folder.as_path()), spare.as_deref()];
            let folders: Vec<&Path> = folders.into_iter().flatten().collect();
            input::forget(&*files, &folders, checkpoint::oldest(&folder));
            if let Some(spare) = &spare {
                // It goes once there is nothing in it.
                std::fs::remove_dir(spare).ok();
            }
            Ok((Base { next, bytes: state.len() }, took))
        };
        match std::thread::Builder::new().name("checkpoint".to_owned()).spawn(write) {
            Ok(thread) => self.writing = Some(Writing { given_up, thread }),
            Err(error) => self.no_checkpoint(&error),
        }
    }

    /// Brings the checkpoint that was taken to disk, at the end of the watch. Where the journal ends without what came before it,
    /// a restart goes on from an earlier one.
    pub(super) fn finish(&mut self) {
        loop {
            let is_over = self.ways.settled.has_changed().is_err();
            self.write_taken();
            self.settle(true);
            if self.taken.is_none() || is_over {
                self.taken = None;
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Notes the outcome of a checkpoint that was written; with `wait`, also of one that is being made or written.
    pub(super) fn settle(&mut self, wait: bool) {
        let done = self.writing.take_if(|writing| wait || writing.thread.is_finished());
        let Some(Writing { given_up, thread }) = done else { return };
        match thread.join() {
            Ok(Ok((base, took))) => {
                let (event, ms) = (telemetry::INPUT_LOG, took.as_millis() as u64);
                tracing::debug!(event, next = base.next, bytes = base.bytes, ms, "a checkpoint is on disk");
                self.base = Some(base);
                self.every = self.every.max(took * MAKING_SHARE);
                self.board.note().checkpoint_error = None;
            }
            Ok(Err(NotWritten::Unmade(error))) => {
                if !given_up.load(Ordering::Relaxed) {
                    let (event, error) = (telemetry::INPUT_LOG, format!("{error:#}"));
                    tracing::warn!(
                        event,
                        error,
                        "no checkpoint could be made aside: the engine saves its state itself"
                    );
                }
                (self.base, self.every) = (None, Duration::ZERO);
            }
            Ok(Err(NotWritten::Refused(error))) => self.no_checkpoint(&error),
            Err(_) => self.no_checkpoint(&io::Error::other("the thread that makes checkpoints panicked")),
        }
    }

    /// Waits until what is done aside is done.
    #[cfg(test)]
    pub(super) fn settle_all(&mut self) {
        self.settle(true);
        while self.trying.as_ref().is_some_and(|trying| !trying.is_finished()) {
            std::thread::yield_now();
        }
    }

    /// Notes that a checkpoint could not be written; the log goes on.
    fn no_checkpoint(&mut self, error: &io::Error) {
        (self.last, self.base) = (Instant::now(), None);
        if self.board.note().checkpoint_error.replace(error.to_string()).is_none() {
            let folder = self.folder.display();
            tracing::error!(event = telemetry::INPUT_LOG, %folder, %error, "a checkpoint cannot be written; messages are logged on");
        }
    }
}

/// Writes a file and removes it. An empty one fits on a full disk: only a disk that takes something has room again.
fn has_room(files: &dyn Files, path: &Path) -> io::Result<()> {
    let written = files.create(path).and_then(|file| file.write(&vec![0; ROOM]).and_then(|()| file.sync()));
    files.remove(path).ok();
    written
}

#[cfg(test)]
mod tests;
