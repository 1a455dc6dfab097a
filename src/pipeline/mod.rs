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

mod desk;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::sync::{mpsc, watch};

use desk::Desk;
use writer::Writer;

use crate::channel::event_json::Stamp;
use crate::channel::mqtt::Publisher;
use crate::channel::outbox;
use crate::config::{Broker, Config};
use crate::engine::{Counts, Engine, Output};
use crate::feed::clock;
use crate::feed::mqtt::{Listener, Role, Work};
use crate::feed::recording::{About, Recorder};
use crate::health::{Board, Health};
use crate::model::{AlertEvent, Input};
use crate::mqtt::Topics;
use crate::telemetry;

/// Messages that wait for the engine.
const MESSAGES: usize = 4096;
/// Alert events that wait for the disk.
const ALERTS: usize = 16_384;
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

    let listener = Listener::new(broker, &topics, &config.feeds, Role::Watch, Arc::clone(&board))?;
    let publisher = Publisher::new(broker, &topics, stamp.clone(), unsent, Arc::clone(&board))?;
    let recorder = record.map(|folder| {
        let about = About {
            node: stamp.node.clone(),
            exercise: stamp.exercise.clone(),
            from_source: topics.is_exercise(),
        };
        Recorder::create(&folder, about)
    });
    let desk = Desk::new(&config, topics, core, Arc::clone(&board), recorder.transpose()?);
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
