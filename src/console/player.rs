//! Player of a recording for a console: play, pause, any speed, any moment. A director can inject messages and make feeds fail.
//! An action or command at a moment is repeated when that moment is played again.

mod check;
mod table;

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::api::{PlayerCommand, PlayerState};
use super::scene::Scene;
use super::scout::{self, Shared, lock};
use super::turns::{Turn, Turns};
use crate::config::{Config, Feed};
use crate::feed::followers::Followers;
use crate::feed::recording::{Grain, Options, Recording};
use crate::health::Board;
use crate::model::{Action, Time};
use crate::pipeline::Judged;
use crate::sinks::event_json::Stamp;
use crate::telemetry;
pub use check::Unread;
use check::{check, feed_of};
use table::{Table, nodes};

/// Slowest and fastest speed, times real time.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;

/// Fault of a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Speed out of bounds.
    #[error(
        "a speed is from {} to {} times real time, or null for as fast as it goes",
        SPEEDS.start(),
        SPEEDS.end()
    )]
    Speed,
    /// A way back, where nodes follow.
    #[error("nodes follow this recording, and what they were told cannot be taken back: seek forward alone")]
    WayBack,
    /// A message that no feed reads.
    #[error(transparent)]
    Unread(#[from] Unread),
}

/// Reason why a track is not explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    /// The watch or the player ends.
    #[error("the watch is ending")]
    Ending,
    /// Too many questions wait already.
    #[error("others ask why already, and a recording is played for each: try again in a moment")]
    Busy,
}

/// A message to the player's thread.
#[derive(Debug)]
enum Ask {
    Command(PlayerCommand),
    Act(Box<Action>),
    Explain { place: u32, answer: oneshot::Sender<Judged>, turn: Turn<()> },
}

/// An action or command at a moment of the recording.
#[derive(Clone, Debug)]
enum Deed {
    Act(Action),
    Inject { topic: String, payload: String },
    Fail { feed: String, failed: bool },
}

/// Handle of a player, for the console.
#[derive(Debug)]
pub struct Player {
    asks: Mutex<Sender<Ask>>,
    state: Arc<Mutex<PlayerState>>,
    feeds: Vec<Feed>,
    /// Turns of questions why a track raises no alert.
    turns: Turns<()>,
}

/// Recording to play, and the configuration to play it with.
#[derive(Debug)]
pub struct Play {
    /// The recordings.
    pub files: Vec<PathBuf>,
    /// Options for reading the recordings.
    pub options: Options,
    /// Feeds, zones and rules.
    pub config: Config,
    /// Node, State and marking of alerts.
    pub stamp: Stamp,
    /// Speed, times real time; `None`: as fast as the machine allows.
    pub speed: Option<f64>,
    /// Nodes that are told what is played. The recording waits for its director where there are some.
    pub followers: Option<Followers>,
}

/// Returns the feeds that read what is put in: those of the recording, and what the nodes that follow have besides.
fn feeds_of(play: &Play) -> Vec<Feed> {
    let mut feeds = play.config.feeds.clone();
    for feed in play.followers.iter().flat_map(Followers::feeds) {
        if !feeds.iter().any(|known| known.topics == feed.topics) {
            feeds.push(feed.clone());
        }
    }
    feeds
}

impl Player {
    /// Starts the player's thread and the scan of the recording.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub fn start(play: Play, scene: Arc<Scene>, board: Arc<Board>) -> anyhow::Result<Player> {
        let options = Options { grain: Grain::Line, ..play.options };
        // A seek opens the recording again, and counts its pieces: they must be the same ones.
        let play = Play { options, ..play };
        let recording = Recording::open(&play.files, options)?;
        let feeds = feeds_of(&play);
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let state = PlayerState {
            recording: play.files.iter().map(name).collect::<Vec<_>>().join(", "),
            from: 0,
            until: 0,
            now: 0,
            playing: play.followers.is_none(),
            speed: play.speed,
            repeats: false,
            marks: Vec::new(),
            looked: 0.0,
            failed: Vec::new(),
            nodes: nodes(play.followers.as_ref()),
            feeds: feeds.iter().map(feed_of).collect(),
        };
        let (state, known): (_, Shared) = (Arc::new(Mutex::new(state)), Arc::default());
        let (asks, asked) = channel();
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let (files, config, stamp, seen) =
            (play.files.clone(), play.config.clone(), play.stamp.clone(), Arc::clone(&known));
        thread("scout").spawn(move || {
            if let Err(error) = scout::run(&files, options, &config, &stamp, &seen) {
                tracing::error!(event = telemetry::PLAYER, error = format!("{error:#}"), "cannot look ahead");
                lock(&seen).looked = 1.0;
            }
        })?;
        let table = Table::new(play, recording, scene, board, Arc::clone(&state), known);
        thread("player").spawn(move || table.run(&asked))?;
        Ok(Player { asks: Mutex::new(asks), state, feeds, turns: Turns::default() })
    }

    /// Returns the state of the player.
    pub fn state(&self) -> PlayerState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the moment that is shown.
    pub fn now(&self) -> Time {
        Time(self.state().now)
    }

    /// Sends a command. Returns false where the player has ended.
    ///
    /// # Errors
    /// The command asks for a speed out of bounds, for a way back where nodes follow, or for a
    /// message that no feed reads.
    pub fn command(&self, command: PlayerCommand) -> Result<bool, Refusal> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_led = !state.nodes.is_empty();
        match &command {
            PlayerCommand::Speed { speed: Some(speed) } if !SPEEDS.contains(speed) => {
                return Err(Refusal::Speed);
            }
            PlayerCommand::Seek { to } if is_led && *to < state.now => return Err(Refusal::WayBack),
            PlayerCommand::Loop { repeats: true } if is_led => return Err(Refusal::WayBack),
            PlayerCommand::Play if is_led && state.looked >= 1.0 && state.now >= state.until => {
                return Err(Refusal::WayBack);
            }
            PlayerCommand::Inject { topic, payload } => {
                check(&self.feeds, topic, payload, Time(state.now))?;
            }
            _ => {}
        }
        drop(state);
        Ok(self.ask(Ask::Command(command)))
    }

    /// Hands over an officer's action. Returns false where the player has ended.
    pub fn act(&self, action: Action) -> bool {
        self.ask(Ask::Act(Box::new(action)))
    }

    /// Returns what the rules found about the track at a place in the picture, in the time before the moment that is shown. One
    /// question is worked on at a time, also where whoever asked has left.
    ///
    /// # Errors
    /// The player has ended, or too many ask.
    pub async fn explain(&self, place: u32) -> Result<Judged, Unexplained> {
        let (_place, turn) = self.turns.take().await.ok_or(Unexplained::Busy)?;
        let (answer, judged) = oneshot::channel();
        if !self.ask(Ask::Explain { place, answer, turn }) {
            return Err(Unexplained::Ending);
        }
        judged.await.map_err(|_| Unexplained::Ending)
    }

    fn ask(&self, ask: Ask) -> bool {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).send(ask).is_ok()
    }
}
