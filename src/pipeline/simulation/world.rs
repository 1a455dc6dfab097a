//! What is outside of the simulated node: the broker, the clocks, and who is told.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use super::shelf::Shelf;
use crate::clock;
use crate::journal::Due;
use crate::mqtt::Message;
use crate::sinks::{Sink, Undelivered};

/// Topic of the messages.
pub(super) const TOPIC: &str = "radar";
/// Messages that the broker has in flight to the node, at most.
const IN_FLIGHT: usize = 20;
/// Packet identifiers that the broker uses in turn.
const IDENTIFIERS: u16 = 30;
/// Targets that the messages tell of.
const TARGETS: u32 = 4;
/// Time at which a run begins: 2026-01-01, nanoseconds.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// A message on its way to the node.
struct Flight {
    id: u16,
    number: u32,
    /// Whether it was sent before, perhaps on an earlier connection.
    is_repeated: bool,
}

/// Everything outside of the node.
pub(super) struct World {
    pub folder: PathBuf,
    pub files: Shelf,
    pub told: Arc<Mutex<Told>>,
    /// Messages that nobody has published yet, and those that wait at the broker.
    unpublished: VecDeque<u32>,
    queue: VecDeque<u32>,
    /// Messages that the node has not acknowledged.
    in_flight: VecDeque<Flight>,
    /// How many of these it has been sent on this connection.
    sent: usize,
    last_id: u16,
    acks: (mpsc::Sender<u16>, mpsc::Receiver<u16>),
    began: Instant,
    /// Time that has passed, and the error of the wall clock, milliseconds.
    ran_ms: u64,
    off_ms: i64,
}

impl World {
    pub(super) fn new(folder: &Path, messages: u32) -> World {
        let mut world = World {
            folder: folder.to_owned(),
            files: Shelf::new(folder),
            told: Arc::default(),
            unpublished: (0..messages).collect(),
            queue: VecDeque::new(),
            in_flight: VecDeque::new(),
            sent: 0,
            last_id: 0,
            acks: mpsc::channel(),
            began: Instant::now(),
            ran_ms: 0,
            off_ms: 0,
        };
        world.passes(0);
        world
    }

    /// Lets time pass.
    pub(super) fn passes(&mut self, ms: u64) {
        self.ran_ms += ms;
        clock::simulated::set(self.wall_ns());
    }

    pub(super) fn wall_clock_steps(&mut self, ms: i64) {
        self.off_ms += ms;
        self.passes(0);
    }

    pub(super) fn wall_ns(&self) -> i64 {
        BEGIN_NS + (self.ran_ms as i64 + self.off_ms) * 1_000_000
    }

    /// Reading of the monotonic clock.
    pub(super) fn moment(&self) -> Instant {
        self.began + Duration::from_millis(self.ran_ms)
    }

    /// Somebody publishes the next message; false where there is none.
    pub(super) fn publish(&mut self) -> bool {
        let next = self.unpublished.pop_front();
        self.queue.extend(next);
        next.is_some()
    }

    /// Sends the node the next message, where the broker may.
    pub(super) fn send(&mut self) -> Option<Message> {
        self.hear_acks();
        if self.sent == self.in_flight.len() {
            if self.in_flight.len() >= IN_FLIGHT {
                return None;
            }
            let number = self.queue.pop_front()?;
            while self.last_id == 0 || self.in_flight.iter().any(|flight| flight.id == self.last_id) {
                self.last_id = self.last_id % IDENTIFIERS + 1;
            }
            self.in_flight.push_back(Flight { id: self.last_id, number, is_repeated: false });
            self.last_id = self.last_id % IDENTIFIERS + 1;
        }
        let flight = &mut self.in_flight[self.sent];
        self.sent += 1;
        let is_repeated = std::mem::replace(&mut flight.is_repeated, true);
        let payload = payload(flight.number);
        Some(Message::simulated(TOPIC, payload.as_bytes(), flight.id, is_repeated, self.acks.0.clone()))
    }

    fn hear_acks(&mut self) {
        while let Ok(id) = self.acks.1.try_recv() {
            if let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) {
                self.in_flight.remove(at);
                self.sent -= usize::from(at < self.sent);
            }
        }
    }

    /// The connection to the broker is lost, and stands again: what was not acknowledged will be sent again.
    pub(super) fn reconnect(&mut self) {
        self.hear_acks();
        self.sent = 0;
        self.acks = mpsc::channel();
    }

    /// Ends all faults.
    pub(super) fn mend(&mut self) {
        self.files.mend();
        self.told.lock().expect("lock").failing = 0;
    }

    /// Whether nothing waits at the broker.
    pub(super) fn is_at_rest(&mut self) -> bool {
        self.hear_acks();
        self.unpublished.is_empty() && self.queue.is_empty() && self.in_flight.is_empty()
    }
}

/// A radar's report of one of a few targets. Its longitude tells which message it is; its time is that of its arrival.
fn payload(number: u32) -> String {
    let (target, lon) = (1 + number * 7 % 11 % TARGETS, f64::from(number) / 1_000.0);
    format!(
        r#"{{"type": "Feature", "id": {target}, "geometry": {{"type": "Point", "coordinates": [{lon}, 13.1]}},
            "properties": {{"status": "tracking"}}}}"#
    )
}

/// What the other end of the coordination channel was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Number and body of each alert event, in the order in which they were first told.
    events: Vec<(u64, String)>,
    /// Deliveries that fail from now on. Of two that fail, one arrives all the same.
    pub failing: u32,
    /// What was told and should not have been.
    wrong: Option<String>,
}

impl Told {
    fn take(&mut self, due: &Due) {
        match self.events.iter().find(|(n, _)| *n == due.n) {
            Some((_, before)) if *before == due.body => {}
            Some((_, before)) => {
                self.wrong = Some(format!("entry {} was told as {before} and as {}", due.n, due.body))
            }
            None => self.events.push((due.n, due.body.clone())),
        }
    }

    /// Compares what was told with the alert events of the journal, by number: nothing else may have been told.
    pub(super) fn check(&self, journal: &BTreeMap<u64, String>) -> Result<(), String> {
        if let Some(wrong) = &self.wrong {
            return Err(wrong.clone());
        }
        match self.events.iter().find(|(n, body)| journal.get(n) != Some(body)) {
            Some((n, body)) => Err(format!("told, and not in the journal: {n} {body}")),
            None => Ok(()),
        }
    }

    /// Compares as [`Told::check`]; everything must have been told, in its order.
    pub(super) fn check_all(&self, journal: &BTreeMap<u64, String>) -> Result<(), String> {
        self.check(journal)?;
        let (told, want): (Vec<_>, Vec<_>) =
            (self.events.iter().map(|(n, _)| *n).collect(), journal.keys().copied().collect());
        if told == want {
            Ok(())
        } else {
            Err(format!("told were {told:?}, and in the journal are {want:?}"))
        }
    }
}

/// The simulated coordination channel.
pub(super) struct Channel(pub Arc<Mutex<Told>>);

impl Sink for Channel {
    fn is_up(&self) -> bool {
        true
    }

    async fn up(&mut self) {}

    async fn deliver(&mut self, entry: &Due) -> Result<(), Undelivered> {
        let mut told = self.0.lock().expect("lock");
        let fails = told.failing > 0;
        if !fails || told.failing.is_multiple_of(2) {
            told.take(entry);
        }
        if fails {
            told.failing -= 1;
            return Err(Undelivered::Later("the simulated channel fails".to_owned()));
        }
        Ok(())
    }

    async fn close(self) {}
}
