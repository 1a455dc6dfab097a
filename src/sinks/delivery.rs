//! Delivers a sink's outbox: the oldest entry first, the next once the sink has it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::{Sink, Undelivered};
use crate::clock;
use crate::health::{Board, SinkId};
use crate::journal::{Due, Outbox};
use crate::telemetry;

/// Pause before the journal is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// Pause before the fence is looked at again.
const FENCE_PAUSE: Duration = Duration::from_millis(20);
/// First pause before a sink that is up is tried again; it doubles with each failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause before a sink that is up is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Interval at which entries that wait are looked at while nothing happens.
const BOUND_EVERY: Duration = Duration::from_secs(30);
/// How long the end of the watch waits for entries to be delivered; what is left is delivered after the next start.
const FLUSH_PATIENCE: Duration = Duration::from_secs(5);

/// One sink's deliveries.
pub struct Delivery<S> {
    sink: S,
    id: SinkId,
    outbox: Outbox,
    board: Arc<Board>,
    /// Told when an entry was put back into the outbox.
    put_back: Arc<Notify>,
    /// Number of an entry that the sink is done with, while the journal does not say so.
    settled: Option<Settled>,
    /// Failures of the sink since it last took an entry.
    failures: u32,
    /// Entries that may wait; `None`: as many as there are.
    most: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Settled {
    n: u64,
    /// Whether it is an alert event that the sink has, and not an action or what was passed over.
    is_alert: bool,
}

/// The next thing to do.
enum Next {
    Deliver(Due),
    /// The outbox is empty.
    Wait,
    /// The journal cannot be read or written.
    DiskPause,
    /// Another node may be active in this one's place.
    Fenced,
}

impl<S: Sink> Delivery<S> {
    /// Sets up the deliveries of an outbox to its sink, of which the health is kept in row `id` of the board.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub fn new(sink: S, id: SinkId, outbox: Outbox, board: Arc<Board>) -> anyhow::Result<Delivery<S>> {
        let waiting = outbox.waiting()?;
        if waiting > 0 {
            let (event, sink) = (telemetry::JOURNAL_BACKLOG, outbox.sink());
            tracing::info!(event, sink, waiting, "entries from before wait to be sent");
        }
        let put_back = Arc::new(Notify::new());
        Ok(Delivery { sink, id, outbox, board, put_back, settled: None, failures: 0, most: None })
    }

    /// Sets how many entries may wait while the sink is down: beyond, the oldest are passed over, and that is told.
    #[must_use]
    pub fn keeping(self, most: u64) -> Delivery<S> {
        Delivery { most: Some(most), ..self }
    }

    /// Returns what is to be notified when an entry is put back into the outbox.
    pub fn put_back(&self) -> Arc<Notify> {
        Arc::clone(&self.put_back)
    }

    /// Delivers until `durable` (the number of the newest entry) is closed, and for five seconds more at most.
    pub async fn run(mut self, mut durable: watch::Receiver<u64>) {
        let mut end: Option<Instant> = None;
        loop {
            durable.borrow_and_update();
            let next = if self.board.fence.is_open() { self.next() } else { Next::Fenced };
            match next {
                Next::Wait if end.is_some() => break,
                Next::Wait => tokio::select! {
                    more = durable.changed() => end = more.is_err().then(deadline),
                    () = self.put_back.notified() => {}
                    () = tokio::time::sleep(self.until_next_due()) => {}
                },
                Next::DiskPause => {
                    if pause(DISK_PAUSE, &mut durable, &mut end).await.is_none() {
                        break;
                    }
                }
                Next::Deliver(_) if !self.sink.is_up() => {
                    if end.is_some() {
                        break;
                    }
                    self.bound();
                    tokio::select! {
                        () = self.sink.up() => {}
                        () = closed(&mut durable) => end = Some(deadline()),
                        () = tokio::time::sleep(BOUND_EVERY) => {}
                    }
                }
                Next::Fenced => {
                    if end.is_some() || pause(FENCE_PAUSE, &mut durable, &mut end).await.is_none() {
                        break;
                    }
                }
                Next::Deliver(due) => {
                    let Some(outcome) = within(self.sink.deliver(&due), &mut durable, &mut end).await else {
                        break;
                    };
                    if let Some(wait) = self.note(&due, outcome)
                        && pause(wait, &mut durable, &mut end).await.is_none()
                    {
                        break;
                    }
                }
            }
        }
        self.sink.close().await;
    }

    /// Makes the next delivery, where one is due.
    #[cfg(test)]
    pub(crate) async fn deliver_one(&mut self) {
        if let Next::Deliver(due) = self.next() {
            let outcome = self.sink.deliver(&due).await;
            self.note(&due, outcome);
        }
    }

    /// Whether the sink has everything.
    #[cfg(test)]
    pub(crate) fn is_done(&self) -> bool {
        self.settled.is_none() && self.outbox.waiting().is_ok_and(|waiting| waiting == 0)
    }

    /// Notes the outcome of a delivery; returns how long to wait before the next.
    fn note(&mut self, due: &Due, outcome: Result<(), Undelivered>) -> Option<Duration> {
        let n = due.n;
        match outcome {
            Ok(()) => {
                self.failures = 0;
                self.board.note().sink_error(self.id, None);
                self.settle(Settled { n, is_alert: !due.is_action });
                None
            }
            Err(Undelivered::Never(why)) => {
                let (event, sink) = (telemetry::JOURNAL_SKIPPED, self.outbox.sink());
                tracing::error!(
                    event,
                    sink,
                    n,
                    why,
                    "an entry of the journal cannot be sent and is passed over"
                );
                self.board.note().sink_error(self.id, Some(format!("entry {n} was passed over: {why}")));
                self.settle(Settled { n, is_alert: !due.is_action });
                None
            }
            Err(Undelivered::PutOff(until_ms)) => {
                let put_off = self.outbox.put_off(n, until_ms);
                put_off.err().map(|error| {
                    disk_error(&self.board, &error);
                    DISK_PAUSE
                })
            }
            Err(Undelivered::Later(why)) => {
                self.board.note().sink_error(self.id, Some(why));
                let wait = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
                self.failures = self.failures.saturating_add(1);
                self.sink.is_up().then_some(wait)
            }
        }
    }

    fn next(&mut self) -> Next {
        if let Some(settled) = self.settled.take() {
            self.settle(settled);
        }
        if self.settled.is_some() {
            return Next::DiskPause;
        }
        match self.outbox.oldest() {
            Ok(Some(due)) => Next::Deliver(due),
            Ok(None) => Next::Wait,
            Err(error) => {
                disk_error(&self.board, &error);
                Next::DiskPause
            }
        }
    }

    /// Returns how long it is until the next entry that was put off is to be delivered.
    fn until_next_due(&self) -> Duration {
        let due_ms = self.outbox.next_due_ms().ok().flatten();
        due_ms.map_or(BOUND_EVERY, |due| {
            Duration::from_millis(u64::try_from(due - clock::now().0).unwrap_or_default()).min(BOUND_EVERY)
        })
    }

    /// Passes the oldest entries over where more wait than the sink may keep.
    fn bound(&mut self) {
        let Some(most) = self.most else { return };
        match self.outbox.keep_newest(most) {
            Ok((0, 0)) => {}
            Ok((alerts, others)) => {
                let (event, sink) = (telemetry::JOURNAL_SKIPPED, self.outbox.sink());
                tracing::error!(
                    event,
                    sink,
                    alerts,
                    others,
                    "the oldest entries are passed over: too many wait"
                );
                let mut health = self.board.note();
                (0..alerts).for_each(|_| health.sink_sent(self.id));
                let why = format!("{} entries were passed over: more than {most} wait", alerts + others);
                health.sink_error(self.id, Some(why));
            }
            Err(error) => disk_error(&self.board, &error),
        }
    }

    /// Writes down that the sink is done with an entry; until that is written, nothing more is sent.
    fn settle(&mut self, settled: Settled) {
        match self.outbox.sent(settled.n) {
            Ok(()) => {
                let mut health = self.board.note();
                if settled.is_alert {
                    health.sink_sent(self.id);
                }
                // The writer says so again within a second where its disk still refuses.
                health.disk_error = None;
            }
            Err(error) => {
                self.settled = Some(settled);
                disk_error(&self.board, &error);
            }
        }
    }
}

/// Notes that a journal's outbox cannot be read or written; logs it once.
pub(super) fn disk_error(board: &Board, error: &rusqlite::Error) {
    let mut health = board.note();
    if health.disk_error.is_none() {
        tracing::error!(event = telemetry::JOURNAL_DISK, %error, "the journal's outbox cannot be read or written");
    }
    health.disk_error = Some(error.to_string());
}

fn deadline() -> Instant {
    Instant::now() + FLUSH_PATIENCE
}

/// Waits until nothing more can be written to the journal.
async fn closed(durable: &mut watch::Receiver<u64>) {
    while durable.changed().await.is_ok() {}
}

/// Waits for a time; `None` where the end's deadline came first.
async fn pause(time: Duration, durable: &mut watch::Receiver<u64>, end: &mut Option<Instant>) -> Option<()> {
    within(tokio::time::sleep(time), durable, end).await
}

/// Waits for some work; `None` where the end's deadline came first. Notes the deadline when the end comes meanwhile.
async fn within<T>(
    work: impl Future<Output = T>,
    durable: &mut watch::Receiver<u64>,
    end: &mut Option<Instant>,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        let at = end.unwrap_or_else(deadline);
        tokio::select! {
            done = &mut work => return Some(done),
            () = closed(durable), if end.is_none() => *end = Some(deadline()),
            () = tokio::time::sleep_until(at), if end.is_some() => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, FILE, Journal};
    use crate::sinks::event_json::tests::sample;

    /// A sink that takes everything, or nothing.
    struct Fake {
        answers: bool,
        is_up: bool,
        taken: Arc<std::sync::Mutex<Vec<u64>>>,
    }

    impl Sink for Fake {
        fn is_up(&self) -> bool {
            self.is_up
        }

        async fn up(&mut self) {
            std::future::pending().await
        }

        async fn deliver(&mut self, entry: &Due) -> Result<(), Undelivered> {
            if !self.answers {
                self.is_up = false;
                return Err(Undelivered::Later("it is down".to_owned()));
            }
            self.taken.lock().expect("lock").push(entry.n);
            if entry.n == 2 { Err(Undelivered::Never("it is too large".to_owned())) } else { Ok(()) }
        }

        async fn close(self) {}
    }

    #[tokio::test]
    async fn a_sink_that_is_down_delays_no_other_and_has_what_is_left_later() {
        let folder = tempfile::tempdir().expect("folder");
        let mut journal = Journal::open(&folder.path().join(FILE)).expect("opens");
        journal.set_sinks(&["down", "up"]).expect("writes");
        let board = Arc::new(Board::new([]));
        board.note().sinks = ["down", "up"].map(|name| crate::health::SinkHealth::new(name, 0)).into();
        let (durable, seen) = watch::channel(0);
        let taken: [Arc<std::sync::Mutex<Vec<u64>>>; 2] = Default::default();
        let mut tasks = Vec::new();
        for (at, name) in ["down", "up"].into_iter().enumerate() {
            let sink = Fake { answers: name == "up", is_up: true, taken: Arc::clone(&taken[at]) };
            let outbox = journal.outbox(name).expect("opens");
            let delivery = Delivery::new(sink, SinkId(at), outbox, Arc::clone(&board)).expect("reads");
            tasks.push(tokio::spawn(delivery.run(seen.clone())));
        }
        for seq in 1..=3 {
            let event = crate::model::AlertEvent { seq, ..sample() };
            journal.append(&mut [Entry::Alert(Box::new(event), "{}".to_owned())]).expect("writes");
            durable.send_replace(journal.last());
        }
        while board.note().sinks[1].sent < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(*taken[1].lock().expect("lock"), [1, 2, 3], "one that is passed over holds nothing up");
        assert_eq!(board.note().sinks[0].error.as_deref(), Some("it is down"));
        drop(durable);
        for task in tasks {
            task.await.expect("ends, though one sink is down");
        }
        assert_eq!(journal.outbox("up").and_then(|outbox| Ok(outbox.waiting()?)).expect("reads"), 0);
        assert_eq!(journal.outbox("down").and_then(|outbox| Ok(outbox.waiting()?)).expect("reads"), 3);

        let (durable, seen) = watch::channel(0);
        let sink = Fake { answers: true, is_up: true, taken: Arc::clone(&taken[0]) };
        let outbox = journal.outbox("down").expect("opens");
        let delivery = Delivery::new(sink, SinkId(0), outbox, Arc::clone(&board)).expect("reads");
        drop(durable);
        delivery.run(seen).await;
        assert_eq!(*taken[0].lock().expect("lock"), [1, 2, 3], "after the next start");
    }
}
