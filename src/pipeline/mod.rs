//! The topology on one screen: which task hands what to which, over which bounded queue, and how it all ends.
//!
//! ```text
//!  broker ──> [listener: task]      stamps arrivals, drops retained            feed::listener
//!                  │ MESSAGES, and 64 MiB of payload; full: the broker queues
//!                  v
//!             [engine: thread]      input log, decoder, Engine::step           engine_thread, state
//!                  │         ├────> [checkpoint: thread]  makes checkpoints      state_keeper, making
//!                  │         └────> [disk: thread]  syncs the log ──> [acknowledger: task] ──> broker
//!                  │ ALERTS; full (no disk): the engine waits, so the broker queues
//!                  v
//!             [writer: thread]      journal, once the log is synced            writer
//!                  │ the number of the newest entry: the outbox of each sink is its queue
//!                  v
//!  broker <── [delivery: task]      one alert in flight; status                sinks::coordination
//!         <── [deliveries: tasks]   one for each other centre                  sharing::recipient
//!         <── [pictures: task]      the newest tracks for other centres        sharing::pictures
//!         <── [lists: task]         lists of vessels for other centres         sharing::lists
//!
//!             [health: task]        each second: silent feeds, engine counts   here
//! ```
//!
//! It begins where the last run left off ([`resume`]). The end runs along the arrows: the listener disconnects and closes
//! its queue, the engine works off what is in it and leaves a checkpoint, the writer brings what follows to the journal,
//! each delivery sends what its sink will take within five seconds, says `offline`, and all is done. What was not sent
//! is sent after the next start.

pub mod claims;
mod disk;
mod engine_thread;
mod explained;
mod folder;
mod making;
pub mod replica;
pub mod resume;
pub mod rules_desk;
mod salvage;
pub mod signers;
#[cfg(test)]
mod simulation;
pub mod standby;
mod state;
mod state_keeper;
mod work;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, anyhow};
use claims::{Claim, PairKey};
use engine_thread::{EngineThread, Ways};
use replica::{Replica, Sources};
use rules_desk::{RulesDesk, RulesRequest};
use standby::TakenOver;
use tokio::sync::{mpsc, oneshot, watch};
use writer::Writer;

pub use explained::Judged;
use work::Work;
pub use work::{Reload, Renewal};

use crate::clock;
use crate::config::{Broker, Config, Feed};
use crate::engine::{Counts, Engine, Look, Output, ReadyLists, Setup};
use crate::feed::listener::{Listener, Role};
use crate::feed::recorder_thread::RecorderThread;
use crate::feed::recording::{About, Recorder};
use crate::feed::watch_recorder::WatchRecorder;
use crate::health::{Board, Health, SinkHealth, SinkId};
use crate::journal::files::Machine;
use crate::journal::{self, Entry, Keep, OpenAlert, Read, checkpoint};
use crate::model::saved::{SavedState, StateWriter, Unreadable};
use crate::model::{AlertEvent, AlertMessage, EndReason, Input, Phase, SharedAlert, Span};
use crate::mqtt::{MAX_PACKET, Topics};
use crate::sharing::outward;
use crate::sinks::coordination::{self, Coordination};
use crate::sinks::delivery::Delivery;
use crate::sinks::event_json::{self, Stamp};
use crate::sinks::marking::Marks;
use crate::sinks::receipts;
use crate::telemetry;
use crate::wire::actions::Written;

/// Place of the coordination channel among the sinks.
const CHANNEL: SinkId = SinkId(0);
/// Messages that wait for the engine.
const MESSAGES: usize = 4096;
/// Alert events that wait for the disk.
const ALERTS: usize = 16_384;
const _: () = assert!(journal::input::LARGEST >= 2 * MAX_PACKET, "a message that is received can be logged");
/// Interval between runs of the retention.
const RETENTION_EVERY: Duration = Duration::from_secs(86_400);
/// Time limit for the listener to disconnect.
const LEAVING: Duration = Duration::from_secs(2);

/// Core that the pipeline steps: the engine, or a stand-in of a test.
pub trait Core: Send + 'static {
    /// Applies inputs, as [`Engine::step`].
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>);
    /// Returns the counts, as [`Engine::counts`].
    fn counts(&self) -> Counts;
    /// Saves the state, as [`Engine::save`].
    fn save(&self, out: &mut StateWriter);
    /// Makes a core that goes on from saved state, as [`Engine::resume`].
    ///
    /// # Errors
    /// A required part is absent, of an unknown version, or damaged.
    fn resume(setup: Setup, saved: &mut SavedState<'_>, out: &mut Vec<Output>) -> Result<Self, Unreadable>
    where
        Self: Sized;
    /// Puts other lists into force, as [`Engine::put_lists`].
    fn put_lists(&mut self, lists: ReadyLists);
    /// Whether an alert of this id is open.
    fn is_open(&self, id: &str) -> bool;
    /// Returns a snapshot, as [`Engine::look`].
    fn look(&self) -> Look;
    /// Returns the changes since the call before, as [`Engine::look_at_changes`].
    fn look_at_changes(&mut self) -> Look {
        self.look()
    }

    /// Returns the engine, where the core is one.
    fn as_engine(&mut self) -> Option<&mut Engine> {
        None
    }
}

impl Core for Engine {
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        Engine::step(self, inputs, out);
    }

    fn counts(&self) -> Counts {
        Engine::counts(self)
    }

    fn save(&self, out: &mut StateWriter) {
        Engine::save(self, out);
    }

    fn resume(setup: Setup, saved: &mut SavedState<'_>, out: &mut Vec<Output>) -> Result<Engine, Unreadable> {
        Engine::resume(setup, saved, out)
    }

    fn put_lists(&mut self, lists: ReadyLists) {
        Engine::put_lists(self, lists);
    }

    fn is_open(&self, id: &str) -> bool {
        Engine::is_open(self, id)
    }

    fn look(&self) -> Look {
        Engine::look(self)
    }

    fn look_at_changes(&mut self) -> Look {
        Engine::look_at_changes(self)
    }

    fn as_engine(&mut self) -> Option<&mut Engine> {
        Some(self)
    }
}

/// Subscriber to the picture: the console. No method may block.
pub trait Audience: Send + Sync {
    /// Notes that the watch begins, and where its journal is.
    fn begin(&self, journal: &Path);
    /// Returns whether the look before is worked off: only then does another one follow.
    fn is_ready(&self) -> bool;
    /// Shows what changed in the picture, each second; at first the whole of it.
    fn look(&self, look: Look);
    /// Shows an entry of the journal, once it is on disk.
    fn entry(&self, entry: &Entry);
}

/// Called with every alert event once it is on disk.
pub type OnAlert = Box<dyn FnMut(&AlertEvent) + Send>;

/// Options of the pipeline.
pub struct Options {
    /// Node, feeds, broker, state folder.
    pub config: Config,
    /// The exercise's name; `None` for the real thing.
    pub exercise: Option<String>,
    /// The folder that feeds are recorded to, as received.
    pub record: Option<PathBuf>,
    /// Called with every alert event; `None`: the log has them.
    pub on_alert: Option<OnAlert>,
    /// Sees the picture, and every entry of the journal.
    pub audience: Option<Arc<dyn Audience>>,
    /// State taken over by the second of two nodes of one name; `None` where the node is alone.
    pub taken_over: Option<TakenOver>,
}

/// A pipeline under way.
pub struct Running {
    /// Health of the node.
    pub board: Arc<Board>,
    stop: watch::Sender<bool>,
    listeners: Vec<tokio::task::JoinHandle<()>>,
    sinks: Vec<tokio::task::JoinHandle<()>>,
    pictures: Vec<tokio::task::JoinHandle<()>>,
    receipts: Option<tokio::task::JoinHandle<()>>,
    acknowledger: tokio::task::JoinHandle<()>,
    guard: tokio::task::JoinHandle<()>,
    health: tokio::task::JoinHandle<()>,
    sharing: Option<Replica>,
    work: mpsc::WeakSender<Work>,
    writer: mpsc::WeakSender<ToWriter>,
    threads: [std::thread::JoinHandle<()>; 3],
    lock: folder::Lock,
    journal: PathBuf,
    desk: OnceLock<RulesDesk>,
}

/// Results of messages, with the stamp of the first and the number of the last of these.
#[derive(Debug)]
struct Caused {
    what: Follows,
    arrival_ns: i64,
    count: u64,
}

/// Orders to the writer.
#[derive(Debug)]
enum ToWriter {
    Caused(Caused),
    /// Somebody reads what is about persons, and waits until that is on disk.
    Read(Read, oneshot::Sender<()>),
    /// Order to empty entries whose retention time is over.
    Retention,
    /// Feeds and zones are marked so from here on.
    Marks(Arc<Marks>),
    /// A change that follows from no message: its id and body.
    Change(String, String),
}

/// Entry that the writer records.
#[derive(Debug)]
enum Follows {
    Alert(Box<AlertEvent>),
    Shared(Box<SharedAlert>),
    Noted(Entry),
}

impl Follows {
    fn of(output: Output) -> Follows {
        match output {
            Output::Alert(event) => Follows::Alert(event),
            Output::Shared(alert) => Follows::Shared(alert),
        }
    }

    fn entry(self, stamp: &Stamp) -> Entry {
        match self {
            Follows::Alert(event) => {
                let mut text = String::new();
                event_json::render(&event, stamp, &mut text);
                Entry::Alert(event, text)
            }
            Follows::Shared(alert) => {
                let body = alert.message.render();
                Entry::Shared(alert, body)
            }
            Follows::Noted(entry) => entry,
        }
    }

    /// The end of an alert of which nothing but its last event is known.
    fn lost(open: &OpenAlert) -> Option<Entry> {
        let mut message = AlertMessage::read(&open.body).ok()?;
        let event = message.event.to_mut();
        event.seq += 1;
        event.phase = Phase::Ended;
        event.end_reason = Some(EndReason::Lost);
        event.ended = Some(event.time);
        let (id, seq) = (event.id.clone(), event.seq);
        Some(Entry::Lost { id, seq, body: message.render(), is_told: open.is_told })
    }
}

/// Starts every task, from where the last run left off. Needs a tokio runtime.
///
/// # Errors
/// The configuration names no broker, or the state folder cannot be used.
pub fn start(options: Options, core: impl Core) -> anyhow::Result<Running> {
    let Options { mut config, exercise, record, on_alert, audience, taken_over } = options;
    let (folder, lock) = folder::take(&config.state.folder, exercise.as_deref())?;
    for peer in config.feeds.iter_mut().filter_map(|feed| feed.peer.as_mut()) {
        peer.exercise.clone_from(&exercise);
    }
    let checkpoints = checkpoint::read(&folder);
    engine_thread::number_feeds(&mut config, &checkpoints);
    let broker = config.broker.as_ref().context("the configuration names no broker")?;
    warn_of_plain(broker);
    let secret = resume::client_secret(&config)?;
    let mut topics = Topics::new(&config.node.name, exercise.as_deref()).with_secret(secret);
    if let Some(TakenOver { claim, .. }) = &taken_over {
        topics = topics.as_instance(&claim.instance);
    }
    let marks = Arc::new(Marks::of(&config));
    let stamp =
        Stamp { node: config.node.name.clone(), state: config.node.owner.word().to_owned(), exercise, marks };
    let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
    disk::make_room(&folder, &board);
    let (mut journal, set_aside) = salvage::open(&folder)?;
    for (health, feed) in board.note().feeds.iter_mut().zip(&config.feeds) {
        health.may_be_silent = feed.peer.is_some();
    }
    board.note().set_aside = set_aside.map(|path| {
        format!(
            "the journal was damaged and is set aside: {}; verify it, keep it elsewhere, and remove it",
            path.display()
        )
    });
    let (stop, stopped) = watch::channel(false);
    let (message_in, message_out) = mpsc::channel(MESSAGES);
    let (alert_in, alert_out) = mpsc::channel(ALERTS);
    let (changed_in, changed_out) = mpsc::channel(1);
    let (unwritten_in, unwritten_out) = mpsc::unbounded_channel();
    let (goal_in, goal_out) = watch::channel(disk::Goal::default());
    let (safe_in, safe) = watch::channel(0);
    let (ack_in, ack_out) = mpsc::unbounded_channel();
    let (settled_in, settled) = watch::channel(0);

    let keeper = state_keeper::Ways {
        files: Machine::shared(),
        goal: goal_in,
        safe: safe.clone(),
        settled: settled.clone(),
    };
    let ways = Ways { keeper, acks: ack_in };
    let mut engine =
        EngineThread::new(&config, topics.clone(), core, Arc::clone(&board), folder.clone(), ways);
    let is_taken_over = taken_over.is_some();
    resume::take_up(&mut engine, &config, &checkpoints, &folder, &mut journal, &stamp, is_taken_over)?;
    drop(checkpoints);
    engine.keep();
    let recorder = record.as_deref().map(|folder| {
        let about = About {
            node: stamp.node.clone(),
            exercise: stamp.exercise.clone(),
            from_source: topics.is_exercise(),
        };
        let recorder = WatchRecorder::new(Recorder::create(folder, about)?);
        anyhow::Ok(RecorderThread::start(recorder)?)
    });
    engine.record(recorder.transpose()?);
    let days = |days: u32| Span::from_secs(86_400 * i64::from(days));
    let recordings = record.filter(|to| to.is_dir()).map(|to| (to, days(config.state.keep_recording_days)));
    if let Some(audience) = &audience {
        audience.begin(journal.path());
        engine.show(Arc::clone(audience));
    }

    let mut sharing = None;
    if let Some(TakenOver { claim, known }) = taken_over {
        let sources = Sources { board: Arc::clone(&board), journal: journal.path().to_owned(), settled };
        let (out, replica) =
            replica::start(broker, &topics, (claim, PairKey::of(&config)?), message_in.downgrade(), sources)?;
        engine.share(out, known);
        sharing = Some(replica);
    }
    let recipients = outward::sinks(&config);
    let sinks: Vec<&str> =
        [coordination::NAME].into_iter().chain(recipients.iter().map(String::as_str)).collect();
    journal.set_sinks(&sinks)?;
    let outbox = journal.outbox(coordination::NAME)?;
    let (written, waiting) = (journal.alerts()?, outbox.alerts_waiting()?);
    board.note().written = written;
    board.note().sinks = vec![SinkHealth::new(coordination::NAME, written.saturating_sub(waiting))];
    board.note().journal = (journal.last(), journal.head());
    let (durable_in, durable_out) = watch::channel(journal.last());
    let outward =
        outward::start(&config, &topics, stamp.exercise.as_deref(), &journal, &board, &durable_out)?;
    let mut deliveries = Vec::new();
    let mut pictures = Vec::new();
    if let Some(outward) = outward {
        (deliveries, pictures) = (outward.deliveries, outward.others);
        engine.share_with_centres(outward.told);
    }
    let after_ns = engine.last_ns();
    // Letters of other centres come by the broker between centres, where there is another one.
    let elsewhere =
        config.sharing.broker.as_ref().filter(|_| config.feeds.iter().any(|feed| feed.peer.is_some()));
    let listener = |broker, role, read_here: fn(&Feed) -> bool| {
        Listener::new(broker, &topics, &config.feeds, read_here, role, after_ns, Arc::clone(&board))
    };
    let between =
        elsewhere.map(|broker| listener(broker, Role::Centres, |feed| feed.peer.is_some())).transpose()?;
    let listener = match &between {
        None => listener(broker, Role::Watch, |_| true)?,
        Some(_) => listener(broker, Role::Watch, |feed| feed.peer.is_none())?,
    };
    let listener = listener.verifying(signers::signatures(&config, stamp.exercise.as_deref())?);
    let receipts = Span::from_secs(60 * i64::from(config.state.receipt_minutes));
    let again = journal.outbox(coordination::NAME)?;
    let channel =
        Coordination::start(broker, &topics, stamp.clone(), Arc::clone(&board), changed_out, unwritten_out)?;
    let delivery = Delivery::new(channel, CHANNEL, outbox, Arc::clone(&board))?;
    let receipts = (receipts > Span::ZERO).then(|| {
        let (board, put_back) = (Arc::clone(&board), delivery.put_back());
        tokio::spawn(receipts::watch(again, receipts, CHANNEL, board, put_back))
    });
    let runtime = tokio::runtime::Handle::current();
    let keep = Keep {
        alerts: days(config.state.keep_days),
        false_alarms: days(config.state.keep_false_alarm_days),
        log: days(config.state.keep_log_days),
    };
    let journal_path = journal.path().to_owned();
    let writer = Writer {
        journal,
        stamp,
        board: Arc::clone(&board),
        durable: durable_in,
        safe: safe.clone(),
        settled: settled_in,
        beside: None,
        is_damaged: false,
        runtime: runtime.clone(),
        on_alert,
        audience,
        keep,
        folder: folder.clone(),
        unwritten: unwritten_in,
        recordings,
        pause: Box::new(|pause, _| std::thread::sleep(pause)),
        sync_patience: writer::SYNC_PATIENCE,
    };
    let retention = alert_in.clone().downgrade();
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());

    Ok(Running {
        journal: journal_path,
        desk: OnceLock::new(),
        threads: [
            thread("engine").spawn(move || engine.run(message_out, alert_in))?,
            thread("writer").spawn(move || writer.run(alert_out))?,
            thread("disk").spawn(move || disk::sync(goal_out, &safe_in, &runtime))?,
        ],
        listeners: [Some(listener), between]
            .into_iter()
            .flatten()
            .map(|listener| tokio::spawn(listener.run(message_in.clone(), stopped.clone())))
            .collect(),
        sinks: [tokio::spawn(delivery.run(durable_out))].into_iter().chain(deliveries).collect(),
        pictures,
        receipts,
        acknowledger: tokio::spawn(disk::acknowledge(ack_out, safe)),
        sharing,
        work: message_in.downgrade(),
        writer: retention.clone(),
        guard: tokio::spawn(disk::guard(folder, Arc::clone(&board))),
        health: tokio::spawn(watch_health(Arc::clone(&board), message_in, retention, changed_in, stopped)),
        board,
        stop,
        lock,
    })
}

/// Channels of this node's own console: actions of officers, and queries.
#[derive(Clone, Debug)]
pub struct Own {
    work: mpsc::WeakSender<Work>,
    writer: mpsc::WeakSender<ToWriter>,
}

impl Own {
    /// Takes an action: it has its place in the order of all messages, is on disk before it is shown, and is published for
    /// other centres, whether the broker is there or not. False where the watch ends.
    pub async fn act(&self, written: Written) -> bool {
        let Some(work) = self.work.upgrade() else { return false };
        work.send(Work::Own(Box::new(written))).await.is_ok()
    }

    /// Returns what the rules find about the track at a place in the picture, since the first question; the engine records it as
    /// long as questions come. `None` where the watch ends.
    pub async fn explain(&self, place: u32) -> Option<Judged> {
        let work = self.work.upgrade()?;
        let (answer, judged) = oneshot::channel();
        work.send(Work::Explain(place, answer)).await.ok()?;
        judged.await.ok()
    }

    /// Has it written down that somebody reads. The answer comes when it is on disk; `None` where the watch ends, or the
    /// disk is so far behind that alerts need the room.
    pub fn note_read(&self, read: Read) -> Option<oneshot::Receiver<()>> {
        let writer = self.writer.upgrade().filter(|w| w.capacity() > w.max_capacity() / 2)?;
        let (done, noted) = oneshot::channel();
        writer.try_send(ToWriter::Read(read, done)).ok()?;
        Some(noted)
    }
}

impl Running {
    /// Ends it in order and tells how it was.
    pub async fn end(mut self) -> anyhow::Result<Health> {
        self.stop.send_replace(true);
        for listener in &mut self.listeners {
            if tokio::time::timeout(LEAVING, &mut *listener).await.is_err() {
                listener.abort();
            }
        }
        self.health.await.ok();
        let threads = self.threads;
        let joined = || threads.map(|thread| thread.join().is_ok()) == [true; 3];
        let ended = tokio::task::spawn_blocking(joined).await?;
        let mut delivered = true;
        for sink in self.sinks {
            delivered &= sink.await.is_ok();
        }
        self.receipts.into_iter().chain(self.pictures).for_each(|task| task.abort());
        self.acknowledger.abort();
        self.guard.abort();
        if let Some(sharing) = self.sharing {
            sharing.task.abort();
        }
        if !ended {
            return Err(anyhow!("a thread of the pipeline panicked; this is a fault of vigie"));
        }
        if !delivered {
            return Err(anyhow!("the task of a sink panicked; this is a fault of vigie"));
        }
        self.lock.end();
        let health = self.board.note().clone();
        Ok(health)
    }

    /// Goes on with other rules, zones and lists, which were checked, and returns when these are in force. False where it ends
    /// anyway.
    pub async fn reload(&self, reload: Reload) -> bool {
        let Some(work) = self.work.upgrade() else { return false };
        let (done, in_force) = oneshot::channel();
        work.send(Work::Reload(Box::new(reload), done)).await.is_ok() && in_force.await.is_ok()
    }

    /// Returns the path of the journal.
    pub fn journal(&self) -> &Path {
        &self.journal
    }

    /// Opens the desk at which the console asks for other rules; the caller answers the requests.
    pub fn open_rules_desk(&self) -> mpsc::Receiver<RulesRequest> {
        let (desk, requests) = RulesDesk::open();
        self.desk.set(desk).ok();
        requests
    }

    /// Returns the desk at which other rules are put into force; `None` where nobody answers.
    pub fn rules_desk(&self) -> Option<RulesDesk> {
        self.desk.get().cloned()
    }

    /// Writes down that the watch began with other rules or zones. False where the watch ends.
    pub async fn note_change(&self, id: String, body: String) -> bool {
        let Some(writer) = self.writer.upgrade() else { return false };
        writer.send(ToWriter::Change(id, body)).await.is_ok()
    }

    /// The way of what officers do at this node's own console.
    pub fn own(&self) -> Own {
        Own { work: self.work.clone(), writer: self.writer.clone() }
    }

    /// The claim of another node of this name that is active in this one's place; the watch is then to end.
    pub fn superseded_by(&self) -> Option<Claim> {
        self.sharing.as_ref().and_then(|sharing| sharing.superseded.borrow().clone())
    }

    /// Whether something that must not end has ended.
    pub fn is_broken(&self) -> bool {
        self.threads.iter().any(|thread| thread.is_finished())
            || self.listeners.iter().any(tokio::task::JoinHandle::is_finished)
    }
}

fn warn_of_plain(broker: &Broker) {
    if crate::mqtt::sends_password_in_clear(broker) {
        let event = telemetry::BROKER_PLAIN;
        tracing::warn!(
            event,
            host = broker.host,
            "the password goes to the broker in the clear: use mqtts://"
        );
    }
}

/// Each second: finds feeds that fell silent, and asks for the engine's counts and a status where something changed.
async fn watch_health(
    board: Arc<Board>,
    engine: mpsc::Sender<Work>,
    writer: mpsc::WeakSender<ToWriter>,
    changed: mpsc::Sender<()>,
    mut stop: watch::Receiver<bool>,
) {
    let mut day = tokio::time::interval(RETENTION_EVERY);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut before = None;
    loop {
        tokio::select! {
            _ = second.tick() => {}
            _ = day.tick() => {
                if let Some(writer) = writer.upgrade() {
                    writer.try_send(ToWriter::Retention).ok();
                }
            }
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let waiting = |max: usize, free: usize| (max - free) as u64;
        let alerts = writer.upgrade().map_or(0, |w| waiting(w.max_capacity(), w.capacity()));
        board.note().queued = [waiting(engine.max_capacity(), engine.capacity()), alerts];
        // A full queue has other worries.
        engine.try_send(Work::Snapshot).ok();
        let now = {
            let mut health = board.note();
            health.judge_leap();
            health.judge_silence(clock::now());
            let feeds: Vec<_> =
                health.feeds.iter().map(|f| (f.silent_since.is_some(), f.last_arrival.is_some())).collect();
            (
                feeds,
                health.broker.connected,
                health.disk_fault().is_some() || health.input_error.is_some(),
                health.clock_ahead.is_some() || clock::held_leap().is_some(),
                health.actions,
                health.actions_refused,
                health.lists_refused,
            )
        };
        if before.as_ref() != Some(&now) {
            before = Some(now);
            changed.try_send(()).ok();
        }
    }
}
