//! The view that all consoles share: the newest frame, the queue, the marks. The engine's thread and the journal's thread hand
//! over and go on; a subscriber waits for neither.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{broadcast, watch};

use super::api::{Rewind, TrackAbout, TrackRow, TrailRow};
use super::frame::{Canvas, Frame};
use super::queue::{Changed, Queue};
use super::region::Region;
use crate::clock;
use crate::engine::Look;
use crate::journal::{self, Entry};
use crate::model::{Action, Span, Time, centre_of};
use crate::picture::reception::StationRanges;
use crate::pipeline::Audience;
use crate::wire::actions;

/// Most events that a subscriber may be behind; beyond them the subscriber gets everything anew.
const NEWS: usize = 256;
/// Length of the history before a start that is shown.
const SHOWN: Span = Span::from_secs(24 * 3600);

/// An event for all subscribers: its name and its JSON.
pub type News = (&'static str, Arc<str>);

/// The view that all consoles share.
#[derive(Debug)]
pub struct Scene {
    canvas: Mutex<Canvas>,
    queue: Mutex<Queue>,
    heard: Mutex<Vec<(String, StationRanges)>>,
    frame: watch::Sender<Arc<Frame>>,
    news: broadcast::Sender<News>,
    looks: SyncSender<Look>,
    /// Whether the painter has worked off the look before.
    is_ready: AtomicBool,
    /// Newest real distress during an exercise.
    real: Mutex<Option<Arc<str>>>,
    /// Whether times are those of an exercise, and not this machine's.
    is_exercise: bool,
    /// Newest time of an event or action of an exercise, milliseconds UTC.
    newest: AtomicI64,
}

impl Scene {
    /// Makes an empty scene of a node that shares with nobody, and starts the thread that makes its frames.
    pub fn new() -> Arc<Scene> {
        Scene::of(Region::default(), false)
    }

    /// Makes an empty scene of a node, and starts the thread that makes its frames. An exercise has its own time.
    pub fn of(region: Region, is_exercise: bool) -> Arc<Scene> {
        let (looks, taken) = sync_channel(1);
        let scene = Arc::new(Scene {
            canvas: Mutex::default(),
            queue: Mutex::new(Queue::after(0, Arc::new(region))),
            heard: Mutex::default(),
            frame: watch::Sender::new(Arc::new(Frame::empty())),
            news: broadcast::Sender::new(NEWS),
            looks,
            is_ready: AtomicBool::new(true),
            real: Mutex::default(),
            is_exercise,
            newest: AtomicI64::new(0),
        });
        let painted = Arc::downgrade(&scene);
        // Where no thread can be had, the picture stays empty, and the page says that it is stale.
        std::thread::Builder::new().name("painter".to_owned()).spawn(move || paint(&painted, &taken)).ok();
        scene
    }

    /// Makes a frame of a snapshot, in this thread.
    pub fn paint(&self, look: Look) {
        let name =
            |heard: &StationRanges| look.feeds.get(usize::from(heard.feed.0)).cloned().unwrap_or_default();
        *lock(&self.heard) = look.heard.iter().map(|heard| (name(heard), heard.clone())).collect();
        let frame = lock(&self.canvas).paint(look);
        self.frame.send_replace(Arc::new(frame));
    }

    /// Returns the newest frame.
    pub fn frame(&self) -> Arc<Frame> {
        Arc::clone(&self.frame.borrow())
    }

    /// Returns the time for officers: this machine's, or the newest of an exercise.
    pub fn now(&self) -> Time {
        let newest = self.frame().now.max(self.newest.load(Ordering::Relaxed));
        if self.is_exercise && newest > 0 { Time(newest) } else { clock::now() }
    }

    /// Returns when an event came: now, or in an exercise at its own time.
    fn came(&self, event: Time) -> Time {
        self.newest.fetch_max(event.0, Ordering::Relaxed);
        if self.is_exercise { event } else { clock::now() }
    }

    /// Subscribes to frames and events.
    pub fn watch(&self) -> (watch::Receiver<Arc<Frame>>, broadcast::Receiver<News>) {
        (self.frame.subscribe(), self.news.subscribe())
    }

    /// Returns the reception of the stations, with the names of their feeds.
    pub fn heard(&self) -> Vec<(String, StationRanges)> {
        lock(&self.heard).clone()
    }

    /// Returns the last half hour.
    pub fn rewind(&self) -> Rewind {
        lock(&self.canvas).rewind()
    }

    /// Returns the positions of a track in the last half hour.
    pub fn trail(&self, id: u32) -> Vec<TrailRow> {
        lock(&self.canvas).trail(id)
    }

    /// Returns a track of the newest frame, by its place.
    pub fn track(&self, id: u32) -> Option<(TrackRow, Arc<TrackAbout>)> {
        let frame = self.frame();
        let at = frame.tracks.binary_search_by_key(&id, |(row, _)| row.0).ok()?;
        frame.tracks.get(at).cloned()
    }

    /// Locks the queue.
    pub fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    /// Publishes an event to all subscribers.
    pub fn tell(&self, name: &'static str, what: &impl serde::Serialize) {
        if let Ok(text) = serde_json::to_string(what) {
            self.tell_text(name, text.into());
        }
    }

    /// Publishes an event that is JSON already.
    pub fn tell_text(&self, name: &'static str, text: Arc<str>) {
        // Nobody looks: nobody is told.
        self.news.send((name, text)).ok();
    }

    /// Publishes a real distress during an exercise, and keeps it for later subscribers.
    pub fn tell_real(&self, text: Arc<str>) {
        *lock(&self.real) = Some(Arc::clone(&text));
        self.tell_text("real", text);
    }

    /// Returns the newest real distress.
    pub fn real(&self) -> Option<Arc<str>> {
        lock(&self.real).clone()
    }

    /// Applies an event of an own alert, or of another centre's, that arrived at a time.
    pub fn alert(&self, from: Option<&str>, body: &str, at: Time) {
        let changed = self.queue().put(from, body, at, None);
        self.changed(changed);
    }

    /// Applies an officer's action.
    pub fn action(&self, action: &Action) {
        let changed = self.queue().action(action);
        self.changed(changed);
    }

    /// Replaces the queue and the rewind, because a recording was moved to another time.
    pub fn begin_anew(&self, queue: Queue, trails: &[(u32, Vec<TrailRow>)]) {
        {
            let mut canvas = lock(&self.canvas);
            canvas.forget();
            canvas.take_trails(trails);
        }
        self.tell("trails", &trails);
        let (marks, silences) = {
            let mut held = self.queue();
            *held = queue;
            (held.marks(), held.silences(Time::NEVER))
        };
        self.tell_queue();
        self.tell("marks", &marks);
        self.tell("silences", &silences);
    }

    /// Publishes the whole queue.
    pub fn tell_queue(&self) {
        let text = self.queue_text();
        self.tell_text("alerts", text);
    }

    /// Returns the whole queue as JSON.
    pub fn queue_text(&self) -> Arc<str> {
        let queue = self.queue();
        let rows: Vec<_> = queue.rows().collect();
        serde_json::to_string(&rows).unwrap_or_default().into()
    }

    /// Publishes again the alerts that nobody has acknowledged in their time.
    pub fn escalate(&self, now: Time) {
        let rows = self.queue().escalate(now);
        rows.iter().for_each(|row| self.tell("alert", row));
    }

    fn changed(&self, changed: Changed) {
        match changed {
            Changed::Nothing => {}
            Changed::Row(row) => self.tell("alert", &row),
            Changed::Rows(rows) => rows.iter().for_each(|row| self.tell("alert", row)),
            Changed::Marks(marks) => self.tell("marks", &marks),
            Changed::Silences(silences) => self.tell("silences", &silences),
        }
    }
}

impl Audience for Scene {
    fn begin(&self, path: &Path) {
        let since_ms = (clock::now() - SHOWN).0;
        let read = journal::open_for_reading(path).and_then(|db| {
            let mut entries = Vec::new();
            let count = journal::past(&db, since_ms, |past| entries.push(past))?;
            Ok((count, entries))
        });
        match read {
            Ok((count, entries)) => {
                let mut queue = self.queue();
                *queue = folded(count, Arc::clone(queue.region()), &entries);
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(event = crate::telemetry::LISTENING, error, "the queue begins empty");
            }
        }
    }

    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    fn look(&self, look: Look) {
        self.is_ready.store(false, Ordering::Release);
        self.looks.try_send(look).ok();
    }

    fn entry(&self, entry: &Entry) {
        match entry {
            Entry::Alert(event, body) => self.alert(None, body, self.came(event.time)),
            Entry::Lost { body, .. } => self.alert(None, body, self.now()),
            Entry::Action { action, .. } => {
                self.newest.fetch_max(action.time.0, Ordering::Relaxed);
                self.action(action);
            }
            Entry::Change { body, .. } if is_under_way(body) => {
                let now = self.now();
                self.queue().change(now);
            }
            Entry::Shared(alert, body) => {
                self.alert(Some(&alert.from), body, self.came(alert.message.event.time))
            }
            Entry::Change { .. } | Entry::Read { .. } | Entry::Copied(_) => {}
        }
    }
}

/// Makes the queue from the journal's entries.
fn folded(count: u64, region: Arc<Region>, entries: &[journal::Past]) -> Queue {
    let mut queue = Queue::after(count, region);
    for entry in entries {
        let at = Time(entry.written_ms);
        match entry.kind.as_str() {
            "alert" => drop(queue.alert(&entry.body, at, entry.place)),
            "action" => {
                let stamp = entry.id.rsplit('-').next().and_then(|ns| ns.parse().ok());
                let arrival = stamp.map_or(at, clock::at);
                if let Ok(action) = actions::parse(entry.body.as_bytes(), arrival) {
                    queue.action(&action);
                }
            }
            "shared" => {
                let from = centre_of(&entry.id).unwrap_or_default();
                queue.shared(from, &entry.body, at, entry.place);
            }
            _ if is_under_way(&entry.body) => queue.change(at),
            _ => {}
        }
    }
    queue
}

/// Whether an entry about a change says that other rules came into force, and not that a watch began for the first time.
fn is_under_way(body: &str) -> bool {
    let said: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    said["change"] != "start" || said["was"] != ""
}

fn paint(scene: &Weak<Scene>, looks: &Receiver<Look>) {
    while let Ok(look) = looks.recv() {
        let Some(scene) = scene.upgrade() else { return };
        scene.paint(look);
        scene.is_ready.store(true, Ordering::Release);
    }
}

/// Locks what a thread that panicked may have left.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
