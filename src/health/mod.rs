//! Health of the watch: what each task records about itself, and the source of `vigie/<node>/status`.
//!
//! Locks in this module are held for a few assignments, never over an await or any I/O.

mod broker;
mod delivery;
mod feeds;
mod fence;
pub mod status;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock;
use crate::engine::{Counts, Histogram};
use crate::model::{FeedId, Span, Time};
use crate::telemetry::traces::Traces;

use broker::LinkState;
pub use broker::{BrokerHealth, Link};
pub use delivery::{SinkHealth, SinkId};
pub use feeds::{FeedHealth, LATE_AFTER, SILENT_AFTER, StationHealth};
pub use fence::Fence;

/// A source of messages whose rate is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// One feed.
    Feed(FeedId),
    /// All senders of officers' actions together.
    Actions,
}

/// Everything on the board.
#[derive(Clone, Debug)]
pub struct Health {
    /// Start of the watch.
    pub since: Time,
    /// The broker.
    pub broker: BrokerHealth,
    /// Feeds in the order of their numbers.
    pub feeds: Vec<FeedHealth>,
    /// Latest counts of the engine.
    pub engine: Counts,
    /// Tracks that one limit alone kept from an alert, by rule, limit, and distance from the limit.
    pub near_misses: Vec<(String, &'static str, Histogram)>,
    /// Messages taken in.
    pub messages: u64,
    /// Times that reading had to wait for the engine.
    pub waits: u64,
    /// Actions taken.
    pub actions: u64,
    /// Actions refused.
    pub actions_refused: u64,
    /// Actions over the limit of all senders, dropped.
    pub actions_over_limit: u64,
    /// Messages with vessel lists that were taken.
    pub lists_taken: u64,
    /// Messages with vessel lists that were refused, or too large.
    pub lists_refused: u64,
    /// Messages that were taken and are in no log: the broker has them still.
    pub held: u64,
    /// Messages that were nobody's.
    pub nobodys: u64,
    /// Alert events written to disk, those of earlier runs included.
    pub written: u64,
    /// The sinks, the coordination channel first.
    pub sinks: Vec<SinkHealth>,
    /// Messages that the broker delivered again, and that had been taken.
    pub redelivered: u64,
    /// The journal's entries, and the hash of the newest.
    pub journal: (u64, String),
    /// Alert events of this run, by rule and phase.
    pub by_rule: BTreeMap<(String, &'static str), u64>,
    /// Queue lengths: messages for the engine, and alerts for the disk.
    pub queued: [u64; 2],
    /// Working time of the engine thread.
    pub engine_busy: Duration,
    /// Time of the engine's latest counts.
    pub engine_spoke: Option<Time>,
    /// Time by which arrival times are ahead of the machine's clock, since that was set back.
    pub clock_ahead: Option<Span>,
    /// Why the journal cannot be written.
    pub disk_error: Option<String>,
    /// Why messages are not logged in the state folder.
    pub input_error: Option<String>,
    /// Why the last checkpoint could not be written: a restart would read more messages again.
    pub checkpoint_error: Option<String>,
    /// True while the disk is full and the reserve is in use.
    pub reserve_given: bool,
    /// Where a damaged journal is that was set aside, while it is there: what was written before is in it.
    pub set_aside: Option<String>,
    /// Why the state folder is not the one that the watch works in.
    pub folder_error: Option<&'static str>,
    links: [LinkState; 2],
    /// Whether the broker kept the session of the feeds at the last connection.
    feeds_kept: bool,
    timed: VecDeque<(u64, i64)>,
    latencies_ns: VecDeque<u64>,
}

impl Health {
    /// Returns what is wrong with the disk of the journal, for operators.
    pub fn disk_fault(&self) -> Option<&str> {
        let reserve = "the disk is full: alerts are written into the reserve; make room";
        let errors = self.folder_error.or(self.disk_error.as_deref()).or(self.checkpoint_error.as_deref());
        errors.or(self.reserve_given.then_some(reserve))
    }

    /// Returns what is wrong with the journal, for operators: with the disk, or that an earlier journal is set aside.
    pub fn journal_fault(&self) -> Option<&str> {
        self.disk_fault().or(self.set_aside.as_deref())
    }
}

/// The board that all tasks write to.
#[derive(Debug)]
pub struct Board {
    health: Mutex<Health>,
    /// The path of reports, while somebody asks for it.
    pub traces: Traces,
    /// Whether the node may send: it has a standby that may have taken over.
    pub fence: Fence,
}

impl Board {
    /// Returns the board of a watch that begins now, over these feeds.
    pub fn new(feeds: impl IntoIterator<Item = String>) -> Board {
        let now = clock::now();
        let broker =
            BrokerHealth { connected: false, reason: None, since: now, connections: 0, failed_tries: 0 };
        let health = Health {
            since: now,
            broker,
            feeds: feeds.into_iter().map(FeedHealth::new).collect(),
            engine: Counts::default(),
            near_misses: Vec::new(),
            messages: 0,
            waits: 0,
            actions: 0,
            actions_refused: 0,
            actions_over_limit: 0,
            lists_taken: 0,
            lists_refused: 0,
            held: 0,
            nobodys: 0,
            written: 0,
            sinks: Vec::new(),
            redelivered: 0,
            journal: (0, String::new()),
            by_rule: BTreeMap::new(),
            queued: [0; 2],
            engine_busy: Duration::ZERO,
            engine_spoke: None,
            clock_ahead: None,
            disk_error: None,
            input_error: None,
            checkpoint_error: None,
            reserve_given: false,
            set_aside: None,
            folder_error: None,
            links: [LinkState::Starting, LinkState::Starting],
            feeds_kept: false,
            timed: VecDeque::new(),
            latencies_ns: VecDeque::new(),
        };
        Board { health: Mutex::new(health), traces: Traces::default(), fence: Fence::default() }
    }

    /// Returns the board of a recording: nothing is published, so that one connection is all.
    pub fn recording() -> Board {
        let board = Board::new([]);
        board.note().links[Link::Out as usize] = LinkState::Connected;
        board
    }

    /// Returns the board of a recording that is played: there is no broker to lose.
    pub fn playing(feeds: impl IntoIterator<Item = String>) -> Board {
        let board = Board::new(feeds);
        {
            let mut health = board.note();
            health.links = [LinkState::Connected, LinkState::Connected];
            health.broker.connected = true;
        }
        board
    }

    /// Locks the board to read or write it: quickly, and never with another lock in hand.
    pub fn note(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    /// Notes that a message exceeded a rate limit, and was dropped.
    pub fn over_limit(&mut self, of: Limited) {
        match of {
            Limited::Feed(feed) => self.feed(feed).into_iter().for_each(|feed| feed.over_limit += 1),
            Limited::Actions => self.actions_over_limit += 1,
        }
    }

    /// Notes that a message with vessel lists was taken or refused.
    pub fn listed(&mut self, is_taken: bool) {
        *(if is_taken { &mut self.lists_taken } else { &mut self.lists_refused }) += 1;
    }
}
