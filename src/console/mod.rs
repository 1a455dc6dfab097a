//! The console: the page for officers, the HTTP API behind it, and what monitoring asks.
//!
//! ```text
//! scene       what is looked at: frames of the picture, the queue, marks     <- pipeline::Audience, or replay's player
//!   frame     what changed in a second; the last half hour
//!   queue     alerts and what officers did about them, folded from the journal's entries
//! http        the routes of /api/v1, /metrics, /healthz, /readyz             -> officers' actions, to the pipeline
//!   stream    server-sent events      export, brief, map   documents         page   the page itself
//! access      users, sessions, roles  guard  who is let through to what      tls      reads  who looks for whom
//! ```
//!
//! The engine is never asked: it hands its picture over each second, and the journal's thread its entries.

pub mod access;
pub mod api;
mod brief;
mod debrief;
mod export;
pub mod frame;
mod guard;
pub mod http;
pub mod map;
mod metrics;
mod page;
pub mod player;
pub mod queue;
mod reads;
mod real;
pub mod scene;
mod scout;
pub mod stream;
#[cfg(feature = "tls")]
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::Semaphore;

use crate::channel::event_json::Stamp;
use crate::channel::marking::Marks;
use crate::clock;
use crate::config::{self, Config, Http};
use crate::health::Board;
use crate::health::status;
use crate::model::Time;
use crate::mqtt::Topics;
use crate::pipeline::{Own, Running};
use crate::scenario::Truth;
use crate::telemetry;
use access::Access;
use map::Map;
use player::Player;
use reads::Readers;
use scene::Scene;

/// How often health is told, and is looked for alerts that wait too long.
const TELL_EVERY: Duration = Duration::from_secs(2);
/// Streams at the same time.
const STREAMS: usize = 200;

/// What a console shows, and where what is done there goes.
#[derive(Debug)]
pub struct Console {
    pub(crate) stamp: Stamp,
    pub(crate) mode: &'static str,
    pub(crate) feeds: Vec<config::Feed>,
    pub(crate) broker: Option<config::Broker>,
    pub(crate) scene: Arc<Scene>,
    pub(crate) board: Arc<Board>,
    pub(crate) source: Source,
    pub(crate) access: Arc<Access>,
    pub(crate) map: Map,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) readers: Readers,
    pub(crate) tls: bool,
    /// What really happened, where an exercise's director knows.
    pub(crate) truth: Option<Truth>,
}

/// What a console is of, and where what officers do there goes.
#[derive(Debug)]
pub enum Source {
    /// A watch, or an exercise on a broker.
    Watch(Own),
    /// A recording.
    Player(Arc<Player>),
}

impl Console {
    /// Of a watch under way, or of a recording.
    ///
    /// # Errors
    /// The users cannot be read.
    pub fn new(
        config: &Config,
        http: &Http,
        stamp: Stamp,
        scene: Arc<Scene>,
        board: Arc<Board>,
        source: Source,
    ) -> anyhow::Result<Console> {
        let lasting = Duration::from_secs(3600 * u64::from(http.session_hours));
        let access = match &http.users {
            Some(users) => Access::listed(users, lasting)?,
            None => Access::open()?,
        };
        Ok(Console {
            mode: match &source {
                Source::Player(_) => "replay",
                Source::Watch(_) if stamp.exercise.is_some() => "exercise",
                Source::Watch(_) => "live",
            },
            stamp,
            feeds: config.feeds.clone(),
            broker: config.broker.clone(),
            scene,
            board,
            source,
            access: Arc::new(access),
            map: Map::new(&config.setup.geography),
            room: Arc::new(Semaphore::new(STREAMS)),
            readers: Readers::default(),
            tls: http.tls.is_some(),
            truth: None,
        })
    }
}

impl Console {
    /// With what really happened: for its director alone, until it is over.
    pub fn with_truth(self, truth: Truth) -> Console {
        Console { truth: Some(truth), ..self }
    }

    /// What time it is for officers.
    pub(crate) fn now(&self) -> Time {
        match &self.source {
            Source::Watch(_) => clock::now(),
            Source::Player(player) => player.now(),
        }
    }

    /// Hands over what an officer did. False where the watch ends.
    pub(crate) async fn act(&self, payload: String) -> bool {
        match &self.source {
            Source::Watch(own) => own.act(payload).await,
            Source::Player(player) => player.act(payload),
        }
    }
}

/// The console of a watch under way.
///
/// # Errors
/// As [`serve`], and where the users cannot be read.
pub async fn open(
    http: &Http,
    config: &Config,
    exercise: Option<String>,
    scene: Arc<Scene>,
    running: &Running,
) -> anyhow::Result<Serving> {
    let marks = Arc::new(Marks::of(config));
    let stamp = Stamp { node: config.node.name.clone(), state: config.node.state.clone(), exercise, marks };
    serve(
        http,
        Console::new(config, http, stamp, scene, Arc::clone(&running.board), Source::Watch(running.own()))?,
    )
    .await
}

/// A console that listens, until it is dropped.
#[derive(Debug)]
pub struct Serving {
    /// Where.
    pub address: SocketAddr,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Listens.
///
/// # Errors
/// The address is taken, or is not this machine's; certificate or key cannot be used.
pub async fn serve(http: &Http, console: Console) -> anyhow::Result<Serving> {
    let named = || format!("cannot listen on {}: see [http] in the configuration", http.listen);
    let listener = tokio::net::TcpListener::bind(http.listen).await.with_context(named)?;
    let address = listener.local_addr().with_context(named)?;
    let console = Arc::new(console);
    let mut tasks = vec![tokio::spawn(tell(Arc::clone(&console)))];
    if let (Some(broker), Some(exercise)) = (&console.broker, &console.stamp.exercise) {
        let topics = Topics::new(&console.stamp.node, Some(exercise));
        tasks.push(real::listen(broker, &topics, Arc::clone(&console.scene))?);
    }
    let app = http::router(console);
    let ended = |served: std::io::Result<()>| {
        if let Err(error) = served {
            tracing::error!(event = telemetry::LISTENING, %error, "the console is gone");
        }
    };
    let listening = match &http.tls {
        None => tokio::spawn(async move { ended(axum::serve(listener, app).await) }),
        #[cfg(feature = "tls")]
        Some((cert, key)) => {
            let listener = tls::TlsListener::new(listener, cert, key)?;
            tokio::spawn(async move { ended(axum::serve(listener, app).await) })
        }
        #[cfg(not(feature = "tls"))]
        Some(_) => anyhow::bail!("this vigie was built without TLS; build it with the feature `tls`"),
    };
    let scheme = if http.tls.is_some() { "https" } else { "http" };
    tracing::info!(event = telemetry::LISTENING, url = format!("{scheme}://{address}/"), "the console");
    tasks.push(listening);
    Ok(Serving { address, tasks })
}

/// Tells how the watch is, and finds alerts that wait too long.
async fn tell(console: Arc<Console>) {
    let mut every = tokio::time::interval(TELL_EVERY);
    loop {
        every.tick().await;
        let now = console.now();
        let text = status::render(&console.board.note(), console.stamp.identity(), now);
        console.scene.tell_text("health", text.into());
        console.scene.escalate(now);
    }
}
