//! What is outside of the simulated node: the broker, the clocks, and who is told.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use super::shelf::Shelf;
use crate::clock;
use crate::engine::Look;
use crate::journal::{Due, Entry};
use crate::model::Origin;
use crate::mqtt::Message;
use crate::pipeline::Audience;
use crate::sinks::{Sink, Undelivered};

/// Messages that the broker has in flight to the node, at most.
const IN_FLIGHT: usize = 20;
/// Packet identifiers that the broker uses in turn.
const IDENTIFIERS: u16 = 30;
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
    pub screen: Arc<Screen>,
    /// Returns topic and payload of a message.
    message: fn(u32) -> (&'static str, String),
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
    pub(super) fn new(folder: &Path, messages: u32, message: fn(u32) -> (&'static str, String)) -> World {
        let mut world = World {
            folder: folder.to_owned(),
            files: Shelf::new(folder),
            told: Arc::default(),
            screen: Arc::default(),
            message,
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
        let (topic, payload) = (self.message)(flight.number);
        Some(Message::simulated(topic, payload.as_bytes(), flight.id, is_repeated, self.acks.0.clone()))
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

    /// Compares what was told with the journal, by number: nothing else may have been told.
    pub(super) fn check(&self, journal: &Entries) -> Result<(), String> {
        if let Some(wrong) = &self.wrong {
            return Err(wrong.clone());
        }
        let is_other = |(n, body): &&(u64, String)| journal.get(n).is_none_or(|entry| entry.body != *body);
        match self.events.iter().find(is_other) {
            Some((n, body)) => Err(format!("told, and not in the journal: {n} {body}")),
            None => Ok(()),
        }
    }

    /// Compares as [`Told::check`]; everything that is to be told must have been, in its order.
    pub(super) fn check_all(&self, journal: &Entries) -> Result<(), String> {
        self.check(journal)?;
        let want = journal.iter().filter(|(_, entry)| entry.is_alert || entry.is_own());
        let (told, want): (Vec<_>, Vec<_>) =
            (self.events.iter().map(|(n, _)| *n).collect(), want.map(|(n, _)| *n).collect());
        if told == want {
            Ok(())
        } else {
            Err(format!("told were {told:?}, and in the journal are {want:?}"))
        }
    }
}

/// Entries of the journal by number.
pub(super) type Entries = BTreeMap<u64, Kept>;

/// An alert event or an action, as the journal has it.
#[derive(Debug)]
pub(super) struct Kept {
    pub is_alert: bool,
    pub id: String,
    pub body: String,
}

impl Kept {
    /// Whether it is an action at the node's own console.
    pub(super) fn is_own(&self) -> bool {
        !self.is_alert && self.id.starts_with("own-")
    }
}

/// An officer's screen: what it has shown as being on disk, over all runs of the node.
#[derive(Debug, Default)]
pub(super) struct Screen {
    shown: Mutex<Vec<String>>,
    /// Words of the officer's actions that the node has had since it started, and that may still be on their way.
    pub said: Mutex<Vec<String>>,
}

impl Screen {
    /// Compares what was shown with the journal: it must be there.
    pub(super) fn check(&self, journal: &Entries) -> Result<(), String> {
        let shown = self.shown.lock().expect("lock");
        match shown.iter().find(|body| journal.values().all(|entry| entry.body != **body)) {
            Some(body) => Err(format!("shown, and not in the journal: {body}")),
            None => Ok(()),
        }
    }

    /// Compares as [`Screen::check`]; what the officer did since the node started must be there, each once.
    pub(super) fn check_all(&self, journal: &Entries) -> Result<(), String> {
        self.check(journal)?;
        let said = self.said.lock().expect("lock");
        let count = |words: &str| {
            journal.values().filter(|entry| entry.is_own() && entry.body.contains(words)).count()
        };
        match said.iter().find(|words| count(words) != 1) {
            Some(words) => Err(format!("{words} is in the journal {} times", count(words))),
            None => Ok(()),
        }
    }
}

impl Audience for Screen {
    fn begin(&self, _: &Path) {}

    fn is_ready(&self) -> bool {
        true
    }

    fn look(&self, _: Look) {}

    fn entry(&self, entry: &Entry) {
        let body = match entry {
            Entry::Alert(_, body) if !body.contains("not_on_disk") => body,
            Entry::Action { body, origin: Origin::Console, .. } => body,
            _ => return,
        };
        self.shown.lock().expect("lock").push(body.clone());
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
