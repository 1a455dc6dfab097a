//! What is outside of the simulated node: the broker, the clocks, and who is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::broker::Session;
use super::shelf::Shelf;
use crate::clock;
use crate::engine::Look;
use crate::journal::{Due, Entry};
use crate::model::{AlertMessage, Origin};
use crate::pipeline::Audience;
use crate::sinks::{Sink, Undelivered};

/// Time at which a run begins: 2026-01-01, nanoseconds.
pub(super) const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// What a node has of its machine, and whom it tells.
pub(super) struct Ground {
    pub folder: PathBuf,
    pub files: Shelf,
    pub screen: Arc<Screen>,
    pub channel: Channel,
    /// Where alerts go that the disk does not take, and where they come out.
    pub unwritten: (mpsc::UnboundedSender<String>, mpsc::UnboundedReceiver<String>),
}

impl Ground {
    pub(super) fn new(folder: &Path, channel: Channel) -> Ground {
        Ground {
            folder: folder.to_owned(),
            files: Shelf::new(folder),
            screen: Arc::default(),
            channel,
            unwritten: mpsc::unbounded_channel(),
        }
    }

    /// Returns alerts that the disk did not take, as they are published.
    pub(super) fn take_unwritten(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.unwritten.1.try_recv().ok()).collect()
    }
}

/// Everything outside of the node.
pub(super) struct World {
    pub ground: Ground,
    pub told: Arc<Mutex<Told>>,
    /// What the broker has for the node.
    pub session: Session,
    /// Returns topic and payload of a message.
    message: fn(u32) -> (&'static str, String),
    /// Messages that nobody has published yet.
    unpublished: VecDeque<u32>,
    began: Instant,
    /// Time that has passed, and the error of the wall clock, milliseconds.
    ran_ms: u64,
    off_ms: i64,
}

impl World {
    pub(super) fn new(folder: &Path, messages: u32, message: fn(u32) -> (&'static str, String)) -> World {
        let told = Arc::<Mutex<Told>>::default();
        let hears = Arc::clone(&told);
        let channel = Channel(Arc::new(move |due: &Due| hears.lock().expect("lock").deliver(due)));
        let mut world = World {
            ground: Ground::new(folder, channel),
            told,
            session: Session::new(Vec::new()),
            message,
            unpublished: (0..messages).collect(),
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
        let Some(next) = self.unpublished.pop_front() else { return false };
        let (topic, payload) = (self.message)(next);
        self.session.give(Arc::new((topic.to_owned(), payload.into_bytes())));
        true
    }

    /// Ends all faults.
    pub(super) fn mend(&mut self) {
        self.ground.files.mend();
        self.told.lock().expect("lock").failing = 0;
    }

    /// Whether nothing waits at the broker.
    pub(super) fn is_at_rest(&mut self) -> bool {
        self.unpublished.is_empty() && self.session.is_at_rest()
    }
}

/// What the other end of the coordination channel was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Number and body of each alert event, in the order in which they were first told.
    events: Vec<(u64, String)>,
    /// Deliveries that fail from now on. Of two that fail, one arrives all the same.
    pub failing: u32,
    /// Alerts that were told before they were on disk.
    pub unwritten: Vec<String>,
    /// What was told and should not have been.
    wrong: Option<String>,
}

impl Told {
    fn deliver(&mut self, due: &Due) -> Result<(), Undelivered> {
        let fails = self.failing > 0;
        if !fails || self.failing.is_multiple_of(2) {
            self.take(due);
        }
        if fails {
            self.failing -= 1;
            return Err(Undelivered::Later("the simulated channel fails".to_owned()));
        }
        Ok(())
    }

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

    /// Checks that what was told before it was on disk said so, and came into the journal as it was told.
    pub(super) fn check_unwritten(&self, journal: &Entries) -> Result<(), String> {
        let alerts = journal.values().filter(|entry| entry.is_alert && !self.unwritten.is_empty());
        let marked: BTreeSet<_> = alerts.map(|entry| AlertMessage::marked_not_on_disk(&entry.body)).collect();
        match self.unwritten.iter().find(|body| !marked.contains(*body)) {
            Some(body) => Err(format!("told as not on disk, and not in the journal: {body}")),
            None => Ok(()),
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

/// Takes what is published.
type Deliver = dyn Fn(&Due) -> Result<(), Undelivered> + Send + Sync;

/// The simulated coordination channel: whoever hears it.
#[derive(Clone)]
pub(super) struct Channel(pub Arc<Deliver>);

impl Sink for Channel {
    fn is_up(&self) -> bool {
        true
    }

    async fn up(&mut self) {}

    async fn deliver(&mut self, entry: &Due) -> Result<(), Undelivered> {
        (self.0)(entry)
    }

    async fn close(self) {}
}
