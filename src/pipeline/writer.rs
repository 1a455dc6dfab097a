//! The thread that writes alerts and actions to the journal, before anybody sees them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use super::disk::{self, Safe};
use super::{Audience, Caused, OnAlert, ToWriter};
use crate::clock;
use crate::feed::recording;
use crate::health::Board;
use crate::journal::{self, Entry, Journal, Keep};
use crate::model::{Action, ActionKind, AlertEvent, AlertMessage, Deed, Origin, SharedAlert, Span};
use crate::sinks::event_json::{self, Stamp};
use crate::telemetry;
use crate::wire::actions;

/// Entries that are written together, at most.
const TURN: usize = 256;
/// Pause before the disk is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// Time that messages have to be synced, before alerts that follow from them are shown as not on disk.
pub(super) const SYNC_PATIENCE: Duration = Duration::from_secs(1);
/// Tries that the end of the watch gives a failing disk.
const LAST_TRIES: u32 = 3;

/// Most entries that wait for the disk here; beyond them the engine waits.
const MOST_UNWRITTEN: usize = 16_384;

/// Pauses for so long; a simulation may make room in the journal meanwhile.
pub(super) type Pause = dyn Fn(Duration, &Journal) + Send;

/// Why entries could not be written.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("messages that alerts follow from are not on disk")]
    Causes,
    #[error("{0}")]
    Journal(journal::Refusal),
}

/// Numbers of entries that were written, and when the messages that they follow from were on disk, nanoseconds.
type Written = (Vec<Option<u64>>, i64);

/// Entries that are written together.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    causes: Vec<Cause>,
    /// Results of messages among them.
    caused: u64,
    /// Those who wait until their reads are written down.
    readers: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn push(&mut self, entry: Entry, cause: Cause) {
        self.entries.push(entry);
        self.causes.push(cause);
    }
}

/// Messages that an entry follows from: arrival of the first, number of the last. A read follows from none.
#[derive(Default)]
struct Cause {
    arrival_ns: i64,
    count: u64,
}

/// Returns the action by which this node tells other centres that it has an event of an alert.
fn receipt(alert: &SharedAlert, node: &str, arrival_ns: i64) -> Entry {
    let (key, seq) = (alert.key(), alert.message.event.seq);
    let id = format!("{key}.{seq}{}", journal::RECEIPT);
    let kind = ActionKind::Alert { alert: key, deed: Deed::Received { seq } };
    let action = Action { time: clock::at(arrival_ns), by: node.to_owned(), centre: None, kind };
    let body = actions::render(&action);
    Entry::Action { id, action: Box::new(action), body, origin: Origin::Receipt }
}

/// The thread that brings alerts to disk.
pub(super) struct Writer {
    pub(super) journal: Journal,
    pub(super) stamp: Stamp,
    pub(super) board: Arc<Board>,
    /// The number of the newest entry.
    pub(super) durable: watch::Sender<u64>,
    /// Count of messages on disk. An alert is written only after the messages that it follows from: a restart would not know it.
    pub(super) safe: Safe,
    /// Count of results of messages that are in the journal: a checkpoint waits for those from before it.
    pub(super) settled: watch::Sender<u64>,
    /// The newest entry from before the node was no longer heard: another one may be active since.
    pub(super) beside: Option<u64>,
    /// Whether the disk has damaged the journal.
    pub(super) is_damaged: bool,
    pub(super) runtime: Handle,
    pub(super) on_alert: Option<OnAlert>,
    pub(super) audience: Option<Arc<dyn Audience>>,
    pub(super) keep: Keep,
    /// The state folder.
    pub(super) folder: PathBuf,
    /// Alerts that the disk does not take, for the coordination channel.
    pub(super) unwritten: mpsc::UnboundedSender<String>,
    /// Folder of the recordings of the watch, and their retention time.
    pub(super) recordings: Option<(PathBuf, Span)>,
    /// Pauses before the disk is tried again with the journal.
    pub(super) pause: Box<Pause>,
    /// Time that messages have to be synced, before alerts that follow from them are shown as not on disk.
    pub(super) sync_patience: Duration,
}

impl Writer {
    pub(super) fn run(mut self, alerts: mpsc::Receiver<ToWriter>) {
        self.work(alerts);
        self.take_back();
    }

    /// Takes back what was written while another node was active in this one's place: it is not sent. An alert that this node raised
    /// stays open: the other one has raised it too, or the next start ends it.
    pub(super) fn take_back(&mut self) {
        let Some(after) = self.beside.filter(|_| self.board.fence.is_replaced()) else { return };
        let event = telemetry::STANDBY;
        match self.journal.unsend(after) {
            Ok(0) => {}
            Ok(unsent) => {
                tracing::warn!(event, unsent, "what this node raised beside the active one is not sent")
            }
            Err(error) => {
                tracing::error!(event, %error, "cannot take back what this node raised beside the active one")
            }
        }
    }

    fn work(&mut self, mut alerts: mpsc::Receiver<ToWriter>) {
        let mut given = Vec::with_capacity(TURN);
        while alerts.blocking_recv_many(&mut given, TURN) > 0 {
            if !self.turn(&mut given, &mut alerts) {
                return;
            }
        }
    }

    /// Brings what was given to the journal, and tells everybody; false where the watch ends and the disk takes nothing.
    pub(super) fn turn(&mut self, given: &mut Vec<ToWriter>, alerts: &mut mpsc::Receiver<ToWriter>) -> bool {
        let mut batch = Batch::default();
        let had_ns = clock::nanos();
        for given in given.drain(..) {
            self.take(given, &mut batch);
        }
        let Some((numbers, synced_ns)) = self.append(&mut batch, alerts) else {
            let (event, lost) = (telemetry::JOURNAL_DISK, batch.entries.len() + alerts.len());
            tracing::error!(
                event,
                lost,
                "the watch ends and the disk takes no alerts: the next start has them again"
            );
            return false;
        };
        let Batch { entries, causes, caused, readers } = batch;
        self.settled.send_modify(|settled| *settled += caused);
        self.note(&entries, &causes, &numbers, [had_ns, synced_ns]);
        self.durable.send_replace(self.journal.last());
        for done in readers {
            // One who waits no longer is no matter.
            done.send(()).ok();
        }
        for (entry, _) in entries.iter().zip(&numbers).filter(|(_, n)| n.is_some()) {
            if let Some(audience) = &self.audience {
                audience.entry(entry);
            }
            if let Entry::Alert(event, _) = entry {
                self.tell(event);
            }
        }
        true
    }

    fn note(
        &self,
        entries: &[Entry],
        causes: &[Cause],
        numbers: &[Option<u64>],
        [had_ns, synced_ns]: [i64; 2],
    ) {
        let (traces, written_ns) = (&self.board.traces, clock::nanos());
        let mut health = self.board.note();
        health.journal = (self.journal.last(), self.journal.head());
        for ((entry, cause), n) in entries.iter().zip(causes).zip(numbers) {
            if let (Entry::Alert(event, _), Some(n)) = (entry, n) {
                *health.by_rule.entry((event.rule.clone(), event.phase.word())).or_default() += 1;
                health.written += 1;
                health.time_alert(*n, cause.arrival_ns);
                if traces.is_wanted() {
                    traces.written(cause.count, *n, &event.rule, [had_ns, synced_ns, written_ns]);
                }
            }
        }
    }

    fn take(&mut self, given: ToWriter, batch: &mut Batch) {
        match given {
            ToWriter::Retention => self.retain(),
            ToWriter::Marks(marks) => self.stamp.marks = marks,
            ToWriter::Change(id, body) => batch.push(Entry::Change { id, body }, Cause::default()),
            ToWriter::Read(read, done) => {
                batch.push(read.entry(), Cause::default());
                batch.readers.push(done);
            }
            ToWriter::Caused(Caused { what, arrival_ns, count }) => {
                batch.caused += 1;
                let entry = what.entry(&self.stamp);
                if let Entry::Shared(alert, _) = &entry {
                    batch.push(receipt(alert, &self.stamp.node, arrival_ns), Cause { arrival_ns, count });
                }
                batch.push(entry, Cause { arrival_ns, count });
            }
        }
    }

    /// Waits until the messages are on disk that the entries follow from; false where the disk does not take them in time.
    fn are_causes_safe(&mut self, batch: &Batch) -> bool {
        let last = batch.causes.iter().map(|cause| cause.count).max().unwrap_or_default();
        if self.sync_patience.is_zero() {
            return *self.safe.borrow() >= last;
        }
        let safe = self.safe.wait_for(|safe| *safe >= last);
        self.runtime.block_on(async {
            tokio::time::timeout(self.sync_patience, safe).await.is_ok_and(|safe| safe.is_ok())
        })
    }

    /// Writes a batch, with the reserve where the disk is full. Returns the numbers of its entries, and when the messages that they
    /// follow from were on disk, nanoseconds.
    fn try_append(&mut self, batch: &mut Batch) -> Result<Written, Refused> {
        // A restart would not know an alert whose messages it has not.
        if !self.are_causes_safe(batch) {
            return Err(Refused::Causes);
        }
        let synced_ns = clock::nanos();
        if !self.board.fence.is_lost() {
            self.beside = None;
        } else if self.beside.is_none() {
            self.beside = Some(self.journal.last());
        }
        loop {
            match self.journal.append(&mut batch.entries) {
                Ok(numbers) => return Ok((numbers, synced_ns)),
                Err(error) if journal::is_full(&error) && disk::give_reserve(&self.folder, &self.board) => {}
                Err(error) => {
                    // The next start sets it aside, and has these entries again.
                    self.is_damaged =
                        journal::damage::is_damage(&error) && journal::damage::mark(&self.folder).is_ok();
                    return Err(Refused::Journal(error));
                }
            }
        }
    }

    /// Tries until the disk takes the batch, with what comes meanwhile; gives up only when the watch ends.
    fn append(&mut self, batch: &mut Batch, alerts: &mut mpsc::Receiver<ToWriter>) -> Option<Written> {
        let (mut last_tries, mut told) = (0, 0);
        let written = loop {
            let error = match self.try_append(batch) {
                Ok(written) => break written,
                Err(error) => error.to_string(),
            };
            self.tell_unwritten(&batch.entries[told..]);
            told = batch.entries.len();
            {
                let mut health = self.board.note();
                if health.disk_error.is_none() {
                    let (event, file) = (telemetry::JOURNAL_DISK, self.journal.path().display());
                    tracing::error!(event, %file, error, "cannot write alerts; trying again every second");
                }
                health.disk_error = Some(error);
            }
            if self.is_damaged {
                return None;
            }
            if alerts.is_closed() {
                last_tries += 1;
                if last_tries >= LAST_TRIES {
                    return None;
                }
            }
            (self.pause)(DISK_PAUSE, &self.journal);
            while batch.entries.len() < MOST_UNWRITTEN
                && let Ok(given) = alerts.try_recv()
            {
                self.take(given, batch);
            }
        };
        if self.board.note().disk_error.take().is_some() {
            tracing::info!(event = telemetry::JOURNAL_DISK, "alerts are written again");
        }
        Some(written)
    }

    /// Shows alerts that the disk does not take, marked so: officers and other centres learn of them all the same. They are shown
    /// and sent again, without the mark, once they are on disk.
    fn tell_unwritten(&self, entries: &[Entry]) {
        for entry in entries {
            if let Entry::Alert(event, body) = entry {
                let marked = AlertMessage::marked_not_on_disk(body);
                if let Some(audience) = &self.audience {
                    audience.entry(&Entry::Alert(event.clone(), marked.clone()));
                }
                self.unwritten.send(marked).ok();
                let words = event_json::words(event);
                tracing::error!(
                    event = telemetry::ALERT,
                    id = event.id,
                    seq = event.seq,
                    "not on disk: {words}"
                );
            }
        }
    }

    fn retain(&mut self) {
        let event = telemetry::JOURNAL_RETENTION;
        match self.journal.retain(&self.keep) {
            Ok(0) => {}
            Ok(emptied) => tracing::info!(event, emptied, "emptied what has had its time"),
            Err(error) => tracing::warn!(event, %error, "tried again tomorrow"),
        }
        let event = telemetry::RECORDER;
        match self.prune() {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(event, deleted, "deleted recordings that have had their time"),
            Err(error) => tracing::warn!(event, error = format!("{error:#}"), "tried again tomorrow"),
        }
    }

    fn prune(&self) -> anyhow::Result<usize> {
        let Some((folder, keep)) = &self.recordings else { return Ok(0) };
        let cases = self.journal.cases()?;
        let named = || format!("recordings {}", folder.display());
        recording::prune(folder, clock::now() - *keep, &cases).with_context(named)
    }

    fn tell(&mut self, event: &AlertEvent) {
        match &mut self.on_alert {
            Some(on_alert) => on_alert(event),
            None => {
                let words = event_json::words(event);
                tracing::info!(event = telemetry::ALERT, id = event.id, seq = event.seq, "{words}");
            }
        }
    }
}
