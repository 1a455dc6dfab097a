//! The topology on one screen: which task hands what to which, over which bounded queue, and how it all ends.
//!
//! ```text
//!  broker ──> [listener: task]      stamps arrivals, drops retained            feed::mqtt
//!                  │ MESSAGES, and 64 MiB of payload; full: the broker queues
//!                  v
//!             [engine: thread]      recorder, decoder, Engine::step            here
//!                  │ ALERTS; full (no disk): the engine waits, so the broker queues
//!                  v
//!             [writer: thread]      alert file: appended and synced            channel::outbox
//!                  │ the file's length: the file is the queue
//!                  v
//!  broker <── [publisher: task]     one alert in flight; status                channel::mqtt
//!
//!             [health: task]        each second: silent feeds, engine counts   here
//! ```
//!
//! The end runs along the arrows: the listener disconnects and closes its queue, the engine works off what is
//! in it, the writer syncs what follows from that, the publisher sends what the broker will take within five seconds,
//! says `offline`, and all is done. What was not sent is sent after the next start.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::sync::{mpsc, watch};

use crate::channel::event_json::{self, Stamp};
use crate::channel::mqtt::Publisher;
use crate::channel::outbox::{self, Outbox};
use crate::config::{Broker, Config};
use crate::engine::{Counts, Engine, Output};
use crate::feed::clock;
use crate::feed::intake::{Intake, Taken};
use crate::feed::mqtt::{Arrived, Listener, Work};
use crate::health::{Board, Health};
use crate::model::{AlertEvent, Input, Time};
use crate::mqtt::Topics;
use crate::telemetry;
use crate::wire::Arrival;

/// Messages that wait for the engine.
const MESSAGES: usize = 4096;
/// Messages of one turn of the engine's thread, at most.
const TURN: usize = 256;
/// Inputs after which the engine is stepped, though more messages wait.
const STEP: usize = 4096;
/// Alert events that wait for the disk.
const ALERTS: usize = 16_384;
/// Pause before the disk is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// Tries that the end of the watch gives a failing disk.
const LAST_TRIES: u32 = 3;
/// How long the listener may take to leave.
const LEAVING: Duration = Duration::from_secs(2);

/// What the pipeline steps: the engine, or a stand-in of a test.
pub trait Core: Send + 'static {
    /// As [`Engine::step`].
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>);
    /// As [`Engine::counts`].
    fn counts(&self) -> Counts;
}

impl Core for Engine {
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        Engine::step(self, inputs, out);
    }

    fn counts(&self) -> Counts {
        Engine::counts(self)
    }
}

/// Told of every alert event once it is on disk.
pub type OnAlert = Box<dyn FnMut(&AlertEvent) + Send>;

/// What to run.
pub struct Options {
    /// Node, feeds, broker, alert file.
    pub config: Config,
    /// The exercise's name; `None` for the real thing.
    pub exercise: Option<String>,
    /// The folder that feeds are recorded to, as received.
    pub record: Option<PathBuf>,
    /// Told of every alert; the log tells them otherwise.
    pub on_alert: Option<OnAlert>,
}

/// A pipeline under way.
pub struct Running {
    /// How it is.
    pub board: Arc<Board>,
    stop: watch::Sender<bool>,
    listener: tokio::task::JoinHandle<()>,
    publisher: tokio::task::JoinHandle<()>,
    health: tokio::task::JoinHandle<()>,
    threads: [std::thread::JoinHandle<()>; 2],
}

/// An alert event and the stamp of the message that it followed.
struct Caused {
    event: Box<AlertEvent>,
    arrival_ns: i64,
}

/// Starts every task. Needs a tokio runtime.
pub fn start(options: Options, core: impl Core) -> anyhow::Result<Running> {
    let Options { config, exercise, record, on_alert } = options;
    let broker = config.broker.as_ref().context("the configuration names no broker")?;
    warn_of_plain(broker);
    let topics = Topics::new(&config.node.name, exercise.as_deref());
    let stamp = Stamp { node: config.node.name.clone(), state: config.node.state.clone(), exercise };
    let (outbox, unsent) = outbox::open(&alert_file(&config, stamp.exercise.as_deref()))?;

    let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
    (board.note().written, board.note().sent) = (outbox.lines(), unsent.line());
    let (stop, stopped) = watch::channel(false);
    let (message_in, message_out) = mpsc::channel(MESSAGES);
    let (alert_in, alert_out) = mpsc::channel(ALERTS);
    let (durable_in, durable_out) = watch::channel(outbox.bytes());
    let (changed_in, changed_out) = mpsc::channel(1);

    let listener = Listener::new(broker, &topics, &config.feeds, true, Arc::clone(&board))?;
    let publisher = Publisher::new(broker, &topics, stamp.clone(), unsent, Arc::clone(&board))?;
    let desk = Desk::new(&config, topics, core, Arc::clone(&board), record)?;
    let writer = Writer { outbox, stamp, board: Arc::clone(&board), durable: durable_in, on_alert };

    Ok(Running {
        threads: [
            std::thread::Builder::new()
                .name("engine".to_owned())
                .spawn(move || desk.run(message_out, alert_in))?,
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run(alert_out))?,
        ],
        listener: tokio::spawn(listener.run(message_in.clone(), stopped.clone())),
        publisher: tokio::spawn(publisher.run(durable_out, changed_out)),
        health: tokio::spawn(watch_health(Arc::clone(&board), message_in, changed_in, stopped)),
        board,
        stop,
    })
}

impl Running {
    /// Ends it in order and tells how it was.
    pub async fn end(mut self) -> anyhow::Result<Health> {
        self.stop.send_replace(true);
        if tokio::time::timeout(LEAVING, &mut self.listener).await.is_err() {
            self.listener.abort();
        }
        self.health.await.ok();
        let [engine, writer] = self.threads;
        let ended = tokio::task::spawn_blocking(move || (engine.join(), writer.join())).await?;
        let published = self.publisher.await;
        if let (Err(_), _) | (_, Err(_)) = ended {
            return Err(anyhow!("a thread of the pipeline panicked; this is a fault of vigie"));
        }
        published.context("the publisher panicked; this is a fault of vigie")?;
        let health = self.board.note().clone();
        Ok(health)
    }

    /// Whether something that must not end has ended.
    pub fn is_broken(&self) -> bool {
        self.threads.iter().any(|thread| thread.is_finished()) || self.listener.is_finished()
    }
}

/// Where alerts go: an exercise has its own file beside the real one.
pub fn alert_file(config: &Config, exercise: Option<&str>) -> PathBuf {
    let Some(exercise) = exercise else { return config.alerts.file.clone() };
    let stem = config.alerts.file.file_stem().unwrap_or_default().to_string_lossy();
    let extension =
        config.alerts.file.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    config.alerts.file.with_file_name(format!("{stem}-exercise-{exercise}{extension}"))
}

fn warn_of_plain(broker: &Broker) {
    if crate::mqtt::tells_password(broker) {
        let event = telemetry::BROKER_PLAIN;
        tracing::warn!(
            event,
            host = broker.host,
            "the password goes to the broker in the clear: use mqtts://"
        );
    }
}

/// The engine's thread.
struct Desk<C> {
    topics: Topics,
    intake: Intake,
    core: C,
    board: Arc<Board>,
    exercise: bool,
    /// The newest report time: an exercise's clock.
    newest: Time,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
}

impl<C: Core> Desk<C> {
    fn new(
        config: &Config,
        topics: Topics,
        core: C,
        board: Arc<Board>,
        _record: Option<PathBuf>,
    ) -> anyhow::Result<Desk<C>> {
        let mut inputs = Vec::new();
        let exercise = topics.is_exercise();
        let intake = Intake::new(&config.feeds, &mut inputs);
        Ok(Desk { topics, intake, core, board, exercise, newest: Time::NEVER, inputs, outputs: Vec::new() })
    }

    fn run(mut self, mut messages: mpsc::Receiver<Work>, alerts: mpsc::Sender<Caused>) {
        let mut turn = Vec::with_capacity(TURN);
        while messages.blocking_recv_many(&mut turn, TURN) > 0 {
            let mut first_ns = None;
            for work in turn.drain(..) {
                match work {
                    Work::Message(message) => {
                        first_ns = first_ns.or(Some(message.arrival_ns));
                        self.take(&message);
                        if self.inputs.len() >= STEP && !self.step(first_ns.take(), &alerts) {
                            return;
                        }
                    }
                    Work::Snapshot => {
                        let counts = self.core.counts();
                        self.board.note().engine = counts;
                    }
                }
            }
            if !self.step(first_ns, &alerts) {
                return;
            }
        }
        let counts = self.core.counts();
        self.board.note().engine = counts;
    }

    fn take(&mut self, message: &Arrived) {
        let at = clock::at(message.arrival_ns);
        let Some(topic) = self.topics.outside(&message.publish.topic) else {
            self.board.note().nobodys += 1;
            return;
        };
        let (arrival, now) = match self.exercise {
            true => (Arrival::FromSource, self.newest),
            false => (Arrival::Stamped(at), at),
        };
        let had = self.inputs.len();
        let taken = self.intake.read(topic, &message.publish.payload, arrival, now, &mut self.inputs);
        let inputs = &self.inputs[had..];
        for input in inputs {
            match input {
                Input::Report(report) => self.newest = self.newest.max(report.time),
                Input::Tick { time, .. } => self.newest = self.newest.max(*time),
                Input::Feed(_) | Input::Action(_) => {}
            }
        }
        let mut health = self.board.note();
        health.messages += 1;
        match taken {
            Taken::Feed(feed) => {
                health.read(inputs, at);
                health.arrived(feed, at);
            }
            Taken::Action(Ok(())) => {
                health.actions += 1;
                if let Some(Input::Action(action)) = inputs.last() {
                    tracing::info!(event = telemetry::ACTION, by = action.by, action = ?action.kind, "action taken");
                }
            }
            Taken::Action(Err(error)) => {
                health.actions_refused += 1;
                tracing::warn!(event = telemetry::ACTION_BAD, topic, %error, "action refused");
            }
            Taken::Nobody => health.nobodys += 1,
        }
    }

    /// Steps the engine over what has been read; false when nobody takes its alerts any more.
    fn step(&mut self, arrival_ns: Option<i64>, alerts: &mpsc::Sender<Caused>) -> bool {
        if self.inputs.is_empty() {
            return true;
        }
        self.core.step(&self.inputs, &mut self.outputs);
        self.inputs.clear();
        let arrival_ns = arrival_ns.unwrap_or_else(clock::nanos);
        self.outputs.drain(..).all(|output| match output {
            Output::Alert(event) => alerts.blocking_send(Caused { event, arrival_ns }).is_ok(),
        })
    }
}

/// The thread that brings alerts to disk.
struct Writer {
    outbox: Outbox,
    stamp: Stamp,
    board: Arc<Board>,
    durable: watch::Sender<u64>,
    on_alert: Option<OnAlert>,
}

impl Writer {
    fn run(mut self, mut alerts: mpsc::Receiver<Caused>) {
        let (mut turn, mut text) = (Vec::with_capacity(TURN), String::new());
        while alerts.blocking_recv_many(&mut turn, TURN) > 0 {
            text.clear();
            let from = self.outbox.bytes();
            for caused in &turn {
                event_json::render(&caused.event, &self.stamp, &mut text);
                text.push('\n');
                self.board.note().time_alert(from + text.len() as u64, caused.arrival_ns);
            }
            if !self.append(&text, &alerts) {
                let (event, lost) = (telemetry::OUTBOX_DISK, turn.len() + alerts.len());
                tracing::error!(event, lost, "the watch ends and the disk takes no alerts");
                return;
            }
            self.board.note().written = self.outbox.lines();
            self.durable.send_replace(self.outbox.bytes());
            for caused in turn.drain(..) {
                self.tell(&caused.event);
            }
        }
    }

    /// Tries until the disk takes it; gives up only when the watch ends.
    fn append(&mut self, text: &str, alerts: &mpsc::Receiver<Caused>) -> bool {
        let mut last_tries = 0;
        while let Err(error) = self.outbox.append(text) {
            {
                let mut health = self.board.note();
                if health.disk_error.is_none() {
                    let (event, file) = (telemetry::OUTBOX_DISK, self.outbox.path().display());
                    tracing::error!(event, %file, %error, "cannot write alerts; trying again every second");
                }
                health.disk_error = Some(error.to_string());
            }
            if alerts.is_closed() {
                last_tries += 1;
                if last_tries >= LAST_TRIES {
                    return false;
                }
            }
            std::thread::sleep(DISK_PAUSE);
        }
        if self.board.note().disk_error.take().is_some() {
            tracing::info!(event = telemetry::OUTBOX_DISK, "alerts are written again");
        }
        true
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

/// Each second: finds feeds that fell silent, and asks for the engine's counts and a status where something changed.
async fn watch_health(
    board: Arc<Board>,
    engine: mpsc::Sender<Work>,
    changed: mpsc::Sender<()>,
    mut stop: watch::Receiver<bool>,
) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut before = None;
    loop {
        tokio::select! {
            _ = second.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        // A full queue has other worries.
        engine.try_send(Work::Snapshot).ok();
        let now = {
            let mut health = board.note();
            health.judge_silence(clock::now());
            let feeds: Vec<_> =
                health.feeds.iter().map(|f| (f.silent_since.is_some(), f.last_arrival.is_some())).collect();
            (
                feeds,
                health.broker.connected,
                health.disk_error.is_some(),
                health.actions,
                health.actions_refused,
            )
        };
        if before.as_ref() != Some(&now) {
            before = Some(now);
            changed.try_send(()).ok();
        }
    }
}
