//! The console: the page for officers, the HTTP API behind it, and the routes for monitoring.
//!
//! ```text
//! scene       shared view: frames of the picture, the queue, marks           <- pipeline::Audience, or replay's player
//!   frame     changes of a second; the last half hour
//!   queue     alerts and officers' actions on them, folded from the journal's entries
//!     deeds     what an officer does to a row
//!   region    centres: lead of an incident, hand-over, what each centre has done
//! http        routes of /api/v1, /metrics, /healthz, /readyz                 -> officers' actions, to the pipeline
//!   api       types of the API          openapi   their description
//!   why       what each rule found about a track; past: from the recordings of the watch; turns: one question at a time
//!   stream    server-sent events; packing: compressed        export, brief, map   documents       page   the page itself
//! access      users, sessions, roles    guard   checks of each request       reads  record of searches and exports
//! trials      changed rules over recordings, in the background
//!   tries     limits on guesses         connections   how many, how long; tls
//! ```
//!
//! No request waits for the engine: it hands over a snapshot each second, and the journal's thread hands over entries.

pub mod access;
pub mod api;
mod brief;
mod connections;
mod debrief;
mod deeds;
mod export;
pub mod frame;
mod guard;
pub mod http;
pub mod map;
pub mod marks;
mod metrics;
mod openapi;
mod packing;
mod page;
mod past;
pub mod player;
pub mod queue;
mod reads;
mod real;
pub mod region;
pub mod rules;
pub mod scene;
mod scout;
pub mod stream;
#[cfg(feature = "tls")]
mod tls;
pub mod trials;
mod tries;
mod turns;
mod why;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;

use crate::clock;
use crate::config::{self, Config, Http, RuleInFile};
use crate::feed::recording;
use crate::health::Board;
use crate::health::status;
use crate::model::{AlertMessage, Geography, Time};
use crate::mqtt::Topics;
use crate::pipeline::rules_desk::RulesDesk;
use crate::pipeline::{Judged, Own, Running};
use crate::scenario::Truth;
use crate::sharing::policy::Rules;
use crate::sinks::event_json::Stamp;
use crate::sinks::label::Label;
use crate::sinks::marking::Marks;
use crate::telemetry;
use crate::wire::actions::Written;
use access::Access;
use api::Mode;
use connections::Security;
use map::Map;
use past::Past;
use player::{Player, Unexplained};
use reads::Readers;
use scene::Scene;
use trials::Trials;
use trials::uploads::Uploads;

/// Interval at which the status is published and alerts are checked for escalation.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// A console: its view, and the target of actions.
#[derive(Debug)]
pub struct Console {
    pub(crate) stamp: Stamp,
    pub(crate) mode: Mode,
    pub(crate) feeds: Vec<config::Feed>,
    pub(crate) broker: Option<config::Broker>,
    pub(crate) scene: Arc<Scene>,
    pub(crate) board: Arc<Board>,
    pub(crate) source: Source,
    pub(crate) access: Arc<Access>,
    pub(crate) streams: Arc<stream::Streams>,
    pub(crate) readers: Readers,
    pub(crate) tls: bool,
    /// Truth of an exercise, if its director gave one.
    pub(crate) truth: Option<Truth>,
    /// Time at which the first alert of the demonstration is due.
    pub(crate) first_due: Option<Time>,
    pub(crate) in_force: Arc<InForce>,
    /// Journal of the watch; `None` for a recording.
    pub(crate) journal: Option<PathBuf>,
    /// Where other rules are put into force; `None` where they cannot be.
    pub(crate) desk: Option<RulesDesk>,
    pub(crate) places: Places,
    pub(crate) trials: Arc<Trials>,
    pub(crate) uploads: Uploads,
    pub(crate) past: Past,
}

/// Files that the Rules workspace works with.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Main file of the configuration; `None` for the default one.
    pub config: Option<PathBuf>,
    /// The folder that the watch records to, or the recordings that are played.
    pub recordings: Vec<PathBuf>,
    /// How these are read.
    pub options: recording::Options,
    /// Whether these are what a watch records: hours are counted back from now.
    pub are_of_watch: bool,
}

/// Markings and rules for sharing that are in force, and the map of the zones; a reload replaces them.
#[derive(Debug)]
pub struct InForce(RwLock<(Arc<Marks>, Arc<Rules>)>, RwLock<Arc<Map>>, RwLock<InFiles>);

/// Version of rules and zones, and the rules with their files.
type InFiles = (String, Arc<Vec<RuleInFile>>);

fn in_files(config: &Config) -> InFiles {
    (config.setup.version.clone(), Arc::new(config.rule_files.clone()))
}

impl InForce {
    fn new(config: &Config) -> InForce {
        let (marks, rules) = (Arc::new(Marks::of(config)), Arc::new(Rules::of(config)));
        let map = Arc::new(Map::new(&config.setup.geography));
        InForce(RwLock::new((marks, rules)), RwLock::new(map), RwLock::new(in_files(config)))
    }

    /// Returns the version of rules and zones, and the rules with their files.
    pub fn rules(&self) -> InFiles {
        self.2.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the map's layers.
    pub fn map(&self) -> Arc<Map> {
        Arc::clone(&self.1.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the map's layers if the geography is another one. Returns whether it is.
    fn set_map(&self, geography: &Geography) -> bool {
        let before = self.map();
        let after = before.with(geography);
        let is_other = after.zones.etag != before.zones.etag || after.places.etag != before.places.etag;
        if is_other {
            *self.1.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        }
        is_other
    }

    /// Replaces the rules with their files. Returns whether their version is another one.
    fn set_rules(&self, config: &Config) -> bool {
        let mut held = self.2.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *held, in_files(config)).0 != config.setup.version
    }

    /// Replaces the markings and the rules for sharing.
    pub fn set(&self, marks: Arc<Marks>, rules: Arc<Rules>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (marks, rules);
    }

    /// Returns the markings and the rules.
    pub fn get(&self) -> (Arc<Marks>, Arc<Rules>) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Source of a console's picture, and target of officers' actions.
#[derive(Debug)]
pub enum Source {
    /// A watch, or an exercise on a broker.
    Watch(Own),
    /// A recording.
    Player(Arc<Player>),
}

impl Console {
    /// Makes the console of a running watch or of a recording.
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
                Source::Player(_) => Mode::Replay,
                Source::Watch(_) if stamp.exercise.is_some() => Mode::Exercise,
                Source::Watch(_) => Mode::Live,
            },
            stamp,
            feeds: config.feeds.clone(),
            broker: config.broker.clone(),
            scene,
            board,
            source,
            access: Arc::new(access),
            streams: Arc::default(),
            readers: Readers::default(),
            tls: http.tls.is_some(),
            truth: None,
            first_due: None,
            in_force: Arc::new(InForce::new(config)),
            journal: None,
            desk: None,
            places: Places::default(),
            trials: Arc::default(),
            uploads: Uploads::default(),
            past: Past::default(),
        })
    }
}

impl Console {
    /// Adds the truth of an exercise, which only supervisors may read.
    pub fn with_truth(self, truth: Truth) -> Console {
        Console { truth: Some(truth), ..self }
    }

    /// Names the files of the Rules workspace.
    pub fn with_places(self, places: Places) -> Console {
        Console { places, ..self }
    }

    /// Returns the label of a document with every alert of the queue, and with what rests on every feed if it tells that too.
    pub(crate) fn label(&self, with_alerts: bool, with_picture: bool) -> Label {
        let (marks, _) = self.in_force.get();
        let queue = self.scene.queue();
        let rows = queue.rows().filter(|_| with_alerts);
        let alerts: Vec<_> = rows.filter_map(|row| AlertMessage::read(row.alert.get()).ok()).collect();
        Label::new(&self.stamp, marks.of_alerts(&alerts, with_picture, self.now()))
    }

    /// Returns the time for officers: the clock's, or the recording's.
    pub(crate) fn now(&self) -> Time {
        match &self.source {
            Source::Watch(_) => self.scene.now(),
            Source::Player(player) => player.now(),
        }
    }

    /// Returns the time of the health of feeds: the clock's, or the recording's.
    pub(crate) fn health_now(&self) -> Time {
        match &self.source {
            Source::Watch(_) => clock::now(),
            Source::Player(player) => player.now(),
        }
    }

    /// Returns what the rules found about the track at a place in the picture.
    ///
    /// # Errors
    /// The watch ends, or too many ask.
    pub(crate) async fn explain(&self, place: u32) -> Result<Judged, Unexplained> {
        match &self.source {
            Source::Watch(own) => own.explain(place).await.ok_or(Unexplained::Ending),
            Source::Player(player) => player.explain(place).await,
        }
    }

    /// Hands over an officer's action. Returns false where the watch ends.
    pub(crate) async fn act(&self, written: Written) -> bool {
        match &self.source {
            Source::Watch(own) => own.act(written).await,
            Source::Player(player) => player.act(written.action),
        }
    }
}

/// The exercise that a watch takes part in.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// Name of the exercise.
    pub name: String,
    /// Time at which its first alert is due, where everybody may know.
    pub first_due: Option<Time>,
}

/// Opens the console of a running watch.
///
/// # Errors
/// Those of [`serve`], and users that cannot be read.
pub async fn open(
    http: &Http,
    config: &Config,
    places: Places,
    exercise: Option<Exercise>,
    scene: Arc<Scene>,
    running: &Running,
) -> anyhow::Result<Serving> {
    let first_due = exercise.as_ref().and_then(|exercise| exercise.first_due);
    let exercise = exercise.map(|exercise| exercise.name);
    let marks = Arc::new(Marks::of(config));
    let stamp =
        Stamp { node: config.node.name.clone(), state: config.node.owner.word().to_owned(), exercise, marks };
    let source = Source::Watch(running.own());
    let console = Console::new(config, http, stamp, scene, Arc::clone(&running.board), source)?;
    let (journal, desk) = (Some(running.journal().to_owned()), running.rules_desk());
    let uploads = Uploads::beside(running.journal());
    serve(http, Console { journal, desk, places, uploads, first_due, ..console }).await
}

/// A console that listens until it is dropped.
#[derive(Debug)]
pub struct Serving {
    /// Address on which the console listens.
    pub address: SocketAddr,
    in_force: Arc<InForce>,
    scene: Arc<Scene>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Serving {
    /// Replaces the markings, the rules and the map, and tells every page of another map and of another version of rules.
    pub fn put_in_force(&self, marks: Arc<Marks>, rules: Arc<Rules>, config: &Config) {
        self.in_force.set(marks, rules);
        if self.in_force.set_rules(config) {
            self.scene.tell("rules", &config.setup.version);
        }
        if self.in_force.set_map(&config.setup.geography) {
            self.scene.tell("map", &self.in_force.map().zones.etag);
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Opens a console's address.
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
    let (in_force, scene) = (Arc::clone(&console.in_force), Arc::clone(&console.scene));
    let app = http::router(console);
    let security = match &http.tls {
        None => Security::None,
        #[cfg(feature = "tls")]
        Some((cert, key)) => Security::Tls(tls::acceptor(cert, key)?),
        #[cfg(not(feature = "tls"))]
        Some(_) => anyhow::bail!("this vigie was built without TLS; build it with the feature `tls`"),
    };
    let listening = tokio::spawn(connections::serve(listener, security, app));
    let scheme = if http.tls.is_some() { "https" } else { "http" };
    tracing::info!(event = telemetry::LISTENING, url = format!("{scheme}://{address}/"), "the console");
    tasks.push(listening);
    Ok(Serving { address, in_force, scene, tasks })
}

/// Publishes the status, and escalates alerts that wait too long.
async fn tell(console: Arc<Console>) {
    let mut every = tokio::time::interval(TELL_EVERY);
    loop {
        every.tick().await;
        let now = console.now();
        let text = status::render(&console.board.note(), console.stamp.identity(), console.health_now());
        console.scene.tell_text("health", text.into());
        console.scene.escalate(now);
    }
}
