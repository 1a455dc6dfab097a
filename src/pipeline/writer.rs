//! The thread that writes alerts and actions to the journal, before anybody sees them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::disk::Safe;
use super::{Audience, Caused, OnAlert, ToWriter};
use crate::clock;
use crate::feed::recording;
use crate::health::Board;
use crate::journal::{Entry, Journal, Keep};
use crate::model::{Action, ActionKind, AlertEvent, Deed, Origin, SharedAlert, Span};
use crate::sinks::event_json::{self, Stamp};
use crate::telemetry;
use crate::wire::actions;

/// Entries that are written together, at most.
const TURN: usize = 256;
/// Pause before the disk is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// Tries that the end of the watch gives a failing disk.
const LAST_TRIES: u32 = 3;

/// Messages that an entry follows from: arrival of the first, number of the last. A read follows from none.
#[derive(Default)]
struct Cause {
    arrival_ns: i64,
    count: u64,
}

/// Returns the action by which this node tells other centres that it has an event of an alert.
fn receipt(alert: &SharedAlert, node: &str, arrival_ns: i64) -> Entry {
    let (key, seq) = (alert.key(), alert.message.event.seq);
    let id = format!("{key}.{seq}.received");
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
    pub(super) runtime: Handle,
    pub(super) on_alert: Option<OnAlert>,
    pub(super) audience: Option<Arc<dyn Audience>>,
    pub(super) keep: Keep,
    /// Folder of the recordings of the watch, and their retention time.
    pub(super) recordings: Option<(PathBuf, Span)>,
}

impl Writer {
    pub(super) fn run(mut self, mut alerts: mpsc::Receiver<ToWriter>) {
        let mut turn = Vec::with_capacity(TURN);
        while alerts.blocking_recv_many(&mut turn, TURN) > 0 {
            let (mut entries, mut causes, mut readers) = (Vec::new(), Vec::new(), Vec::new());
            let had_ns = clock::nanos();
            for given in turn.drain(..) {
                match given {
                    ToWriter::Retention => self.retain(),
                    ToWriter::Marks(marks) => self.stamp.marks = marks,
                    ToWriter::Read(read, done) => {
                        entries.push(read.entry());
                        causes.push(Cause::default());
                        readers.push(done);
                    }
                    ToWriter::Caused(Caused { what, arrival_ns, count }) => {
                        let entry = what.entry(&self.stamp);
                        if let Entry::Shared(alert, _) = &entry {
                            entries.push(receipt(alert, &self.stamp.node, arrival_ns));
                            causes.push(Cause { arrival_ns, count });
                        }
                        entries.push(entry);
                        causes.push(Cause { arrival_ns, count });
                    }
                }
            }
            let last = causes.iter().map(|cause| cause.count).max().unwrap_or_default();
            self.runtime.block_on(self.safe.wait_for(|safe| *safe >= last)).ok();
            let synced_ns = clock::nanos();
            let Some(numbers) = self.append(&mut entries, &alerts) else {
                let (event, lost) = (telemetry::JOURNAL_DISK, entries.len() + alerts.len());
                tracing::error!(event, lost, "the watch ends and the disk takes no alerts");
                return;
            };
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
        }
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

    /// Tries until the disk takes it; gives up only when the watch ends.
    fn append(
        &mut self,
        entries: &mut [Entry],
        alerts: &mpsc::Receiver<ToWriter>,
    ) -> Option<Vec<Option<u64>>> {
        let mut last_tries = 0;
        let numbers = loop {
            let error = match self.journal.append(entries) {
                Ok(numbers) => break numbers,
                Err(error) => error,
            };
            {
                let mut health = self.board.note();
                if health.disk_error.is_none() {
                    let (event, file) = (telemetry::JOURNAL_DISK, self.journal.path().display());
                    tracing::error!(event, %file, %error, "cannot write alerts; trying again every second");
                }
                health.disk_error = Some(error.to_string());
            }
            if alerts.is_closed() {
                last_tries += 1;
                if last_tries >= LAST_TRIES {
                    return None;
                }
            }
            std::thread::sleep(DISK_PAUSE);
        };
        if self.board.note().disk_error.take().is_some() {
            tracing::info!(event = telemetry::JOURNAL_DISK, "alerts are written again");
        }
        Some(numbers)
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
