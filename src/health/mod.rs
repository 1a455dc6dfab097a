//! Health of the watch: what each task records about itself, and the source of `vigie/<node>/status`.
//!
//! Locks in this module are held for a few assignments, never over an await or any I/O.

mod fence;
pub mod status;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock;
use crate::engine::{Counts, Histogram};
use crate::model::{FeedId, Input, Report, Span, StationId, Time};
use crate::telemetry::{self, traces::Traces};
use crate::wire::{Blame, Reason, Stations, Tally};

pub use fence::Fence;

/// Time without a message after which a feed counts as silent.
pub const SILENT_AFTER: Span = Span::from_secs(60);
/// Time by which the newest report of a feed must be older than the picture for the feed to count as late.
pub const LATE_AFTER: Span = Span::from_secs(600);
/// Time after a leap of the machine's clock from which feeds are asked about it.
const LEAP_LOOKED_AT: Span = Span::from_secs(10);
/// Length of one part of the minute over which rates are taken, milliseconds.
const PART_MS: i64 = 5_000;
/// Number of such parts.
const PARTS: usize = 12;
/// Number of clock comparisons kept for each feed, one a second.
const OFFSETS: usize = 121;
/// Latencies kept, and alerts whose way is being timed.
const LATENCIES: usize = 4096;

/// A source of messages whose rate is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// One feed.
    Feed(FeedId),
    /// All senders of officers' actions together.
    Actions,
}

/// The connections to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Feeds and actions in.
    In,
    /// Alerts and status out.
    Out,
}

/// State of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LinkState {
    Starting,
    Connected,
    Away(String),
}

/// Health of a feed.
#[derive(Clone, Debug, Default)]
pub struct FeedHealth {
    /// Name of the feed.
    pub name: String,
    /// Latest arrival.
    pub last_arrival: Option<Time>,
    /// Newest report time.
    pub last_report: Option<Time>,
    /// Messages brought.
    pub messages: u64,
    /// Reports read from them.
    pub reports: u64,
    /// Retained messages dropped.
    pub retained: u64,
    /// Messages over the rate limit, dropped.
    pub over_limit: u64,
    /// Whether silence tells nothing: another centre sends where it has something to share.
    pub may_be_silent: bool,
    /// Since when the feed is silent; `None` while it brings something, and until it could have.
    pub silent_since: Option<Time>,
    /// Counts of refused data, by reason.
    pub errors: Vec<(&'static str, u64)>,
    /// Stations in the feed, by number.
    pub stations: BTreeMap<StationId, StationHealth>,
    /// True once a clock that is behind was logged.
    clock_told: bool,
    parts: [(i64, u32); PARTS],
    /// Differences between the latest reports' own times and their arrival, milliseconds; positive where ahead.
    ahead_ms: VecDeque<i64>,
}

/// The reason that what is over a feed's limit is counted under.
const OVER_LIMIT: &str = "over-limit";
/// Stations of a feed that are looked after, at most.
const STATIONS: usize = 64;

/// Health of a station in a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StationHealth {
    /// Name of the station; empty where the feed names none.
    pub name: String,
    /// Latest arrival of a report of the station.
    pub last_arrival: Time,
}

impl FeedHealth {
    /// The stations, where there are several: name, last arrival, and whether it has been silent for a minute since.
    pub fn several_stations(&self, now: Time) -> impl Iterator<Item = (&str, Time, bool)> {
        let several = self.stations.len() > 1;
        let stations = self.stations.values().filter(move |_| several);
        stations.map(move |it| (it.name.as_str(), it.last_arrival, now - it.last_arrival > SILENT_AFTER))
    }

    /// Returns the clock offset of the feed, seconds, positive where the feed is ahead of arrival: the median of the latest
    /// reports, one a second. The delay from the source to this node is part of it.
    pub fn clock_offset_s(&self) -> Option<f64> {
        let mut sorted: Vec<i64> = self.ahead_ms.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).map(|ms| *ms as f64 / 1000.0)
    }

    /// Notes a comparison of the feed's clock with arrival.
    pub fn time_clock(&mut self, ahead: Span) {
        if self.ahead_ms.len() == OFFSETS {
            self.ahead_ms.pop_front();
        }
        self.ahead_ms.push_back(ahead.0);
    }

    /// Returns the number of reports of the last minute.
    pub fn reports_per_min(&self, now: Time) -> u64 {
        let newest = now.0 / PART_MS;
        let recent = self.parts.iter().filter(|(part, _)| newest - part < PARTS as i64);
        recent.map(|(_, count)| u64::from(*count)).sum()
    }

    /// Returns the delay from the reports' own times to their arrival, seconds.
    pub fn lag_s(&self) -> Option<f64> {
        Some((self.last_arrival? - self.last_report?).secs())
    }

    fn spoke(&mut self, at: Time) {
        self.last_arrival = Some(at);
        if let Some(since) = self.silent_since.take() {
            let (event, silent_s) = (telemetry::FEED_CHANGED, (at - since).secs().round());
            tracing::info!(event, feed = self.name, silent_s, "the feed speaks again");
        }
    }

    fn count_report(&mut self, at: Time) {
        let part = at.0 / PART_MS;
        let slot = &mut self.parts[part.rem_euclid(PARTS as i64) as usize];
        if slot.0 != part {
            *slot = (part, 0);
        }
        slot.1 = slot.1.saturating_add(1);
        self.reports += 1;
    }
}

/// The place of a sink in [`Health::sinks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkId(pub usize);

/// Health of one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkHealth {
    /// Name of the sink.
    pub name: String,
    /// Alert events that the sink has, those of earlier runs included.
    pub sent: u64,
    /// Alerts that the other side has not confirmed; `None` where it is not asked to.
    pub unreceived: Option<u64>,
    /// Why the last delivery failed; `None` after one that did not.
    pub error: Option<String>,
}

impl SinkHealth {
    /// A sink that has so many alert events, and has not failed.
    pub fn new(name: &str, sent: u64) -> SinkHealth {
        SinkHealth { name: name.to_owned(), sent, unreceived: None, error: None }
    }

    /// Alert events that the sink does not have yet, of so many in the journal.
    pub fn waiting(&self, written: u64) -> u64 {
        written.saturating_sub(self.sent)
    }
}

/// Health of the broker, over all connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerHealth {
    /// Whether every connection stands.
    pub connected: bool,
    /// Why a connection does not stand.
    pub reason: Option<String>,
    /// Since when that is so.
    pub since: Time,
    /// Connections made.
    pub connections: u64,
    /// Tries that failed.
    pub failed_tries: u64,
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
            feeds: feeds.into_iter().map(|name| FeedHealth { name, ..FeedHealth::default() }).collect(),
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
    /// Notes that a connection stands; logs when with it every connection does.
    pub fn link_up(&mut self, link: Link, session_kept: bool) {
        self.broker.connections += 1;
        self.links[link as usize] = LinkState::Connected;
        if link == Link::In {
            self.feeds_kept = session_kept;
        }
        if self.links.iter().any(|state| *state != LinkState::Connected) || self.broker.connected {
            return;
        }
        let now = clock::now();
        let (event, away_s) = (telemetry::BROKER_CONNECTED, (now - self.broker.since).secs().round());
        let failed_tries = self.broker.failed_tries;
        let session_kept = self.feeds_kept;
        tracing::info!(event, away_s, failed_tries, session_kept, "connected to the broker");
        self.broker =
            BrokerHealth { connected: true, reason: None, since: now, failed_tries: 0, ..self.broker };
    }

    /// Notes that a connection was lost or refused; logs each reason once, and counts.
    pub fn link_down(&mut self, link: Link, reason: String) {
        self.broker.failed_tries += 1;
        let known =
            self.links.iter().any(|state| matches!(state, LinkState::Away(other) if *other == reason));
        // The second connection to fall tells nothing new; a new reason does when it is this connection's own.
        let news = match &self.links[link as usize] {
            LinkState::Away(last) => *last != reason && !known,
            _ => !self.links.iter().any(|state| matches!(state, LinkState::Away(_))),
        };
        self.links[link as usize] = LinkState::Away(reason.clone());
        if self.broker.connected {
            self.broker.connected = false;
            self.broker.since = clock::now();
        }
        if news {
            let event = telemetry::BROKER_AWAY;
            tracing::warn!(event, %reason, "no connection to the broker; trying again until there is one");
        }
        self.broker.reason = Some(reason);
    }

    /// Notes that a message of a feed came in.
    pub fn arrived(&mut self, feed: FeedId, at: Time) {
        if let Some(feed) = self.feed(feed) {
            feed.messages += 1;
            feed.spoke(at);
        }
    }

    /// Records the inputs that messages contained.
    pub fn read(&mut self, inputs: &[Input], at: Time) {
        for input in inputs {
            let (id, time) = match input {
                Input::Feed(feed) => {
                    let number = usize::from(feed.id.0);
                    if number == self.feeds.len() {
                        self.feeds.push(FeedHealth { name: feed.name.clone(), ..FeedHealth::default() });
                    }
                    continue;
                }
                Input::Report(report) => (report.feed, report.time),
                Input::Tick { feed, time } => (*feed, *time),
                Input::Contact(contact) => (contact.feed, contact.time),
                Input::Aircraft(report) => (report.feed, report.time),
                Input::SharedAlert(alert) => (alert.feed, alert.message.event.time),
                Input::OwnShip { .. } | Input::Action(_) => continue,
            };
            let counted = !matches!(input, Input::Tick { .. });
            if let Some(feed) = self.feed(id) {
                feed.last_report = feed.last_report.max(Some(time));
                // One topic may carry several stations, each a feed.
                feed.spoke(at);
                if counted {
                    feed.count_report(at);
                }
                if let Input::Report(Report { station, .. }) = input
                    && (feed.stations.len() < STATIONS || feed.stations.contains_key(station))
                {
                    feed.stations.entry(*station).or_default().last_arrival = at;
                }
            }
        }
    }

    /// Records the counts of engine and reading, and the working time.
    pub fn counted(&mut self, counts: Counts, tally: &Tally, names: &Stations, busy: Duration) {
        for (feed, station, name) in names.list() {
            let known = self.feed(feed).and_then(|feed| feed.stations.get_mut(&station));
            known.into_iter().for_each(|known| known.name.clone_from(&name));
        }
        self.engine = counts;
        self.engine_busy = busy;
        self.engine_spoke = Some(clock::now());
        for (number, feed) in self.feeds.iter_mut().enumerate() {
            let id = FeedId(number as u16);
            let faults = Reason::ALL.iter().filter(|reason| reason.blame() != Blame::Nobody);
            let counted = faults.map(|reason| (reason.word(), tally.of(id, *reason))).filter(|(_, n)| *n > 0);
            let over = (feed.over_limit > 0).then_some((OVER_LIMIT, feed.over_limit));
            feed.errors = counted.chain(over).collect();
            if tally.of(id, Reason::TimeBehind) > 0 && !feed.clock_told {
                feed.clock_told = true;
                let behind_s = tally.clock_ahead(id).map(|ahead| -ahead.secs());
                let (event, feed) = (telemetry::FEED_CLOCK, feed.name.as_str());
                tracing::warn!(
                    event,
                    feed,
                    behind_s,
                    "the feed's clock is behind: arrival times count instead"
                );
            }
            if let Some(ahead) = tally.clock_ahead(id) {
                feed.time_clock(ahead);
            }
        }
    }

    /// Forgets what was noted of feeds: a recording goes on from another time.
    pub fn begin_anew(&mut self, now: Time) {
        self.since = now;
        for feed in &mut self.feeds {
            *feed = FeedHealth { name: std::mem::take(&mut feed.name), ..FeedHealth::default() };
        }
    }

    /// Notes that a retained message of a feed was dropped.
    pub fn retained(&mut self, feed: FeedId, topic: &str) {
        if let Some(feed) = self.feed(feed) {
            feed.retained += 1;
            if feed.retained == 1 {
                let event = telemetry::FEED_RETAINED;
                tracing::warn!(event, feed = feed.name, topic, "dropped a retained message: it is old news");
            }
        }
    }

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

    /// Decides about a leap of the machine's clock by the clocks of the feeds that told a time since. Logs a leap once, and once that
    /// it was taken over.
    pub fn judge_leap(&mut self) {
        let now = clock::now();
        if let Some(ahead) = clock::take_leap_found() {
            let (event, ahead_s) = (telemetry::CLOCK_SET_AHEAD, ahead.secs());
            tracing::warn!(
                event,
                ahead_s,
                "the machine's clock leapt ahead: arrival times go on without the leap unless feeds confirm it"
            );
        }
        if let Some((leap, ago)) = clock::held_leap()
            && ago >= LEAP_LOOKED_AT
        {
            match self.confirms(leap, now - ago) {
                Some(true) => clock::adopt_leap(),
                Some(false) => clock::refuse_leap(),
                None => {}
            }
        }
        if let Some(ahead) = clock::take_leap_adopted() {
            let (event, ahead_s) = (telemetry::CLOCK_SET_AHEAD, ahead.secs());
            tracing::warn!(event, ahead_s, "the leap of the machine's clock is taken over");
            self.move_on(ahead);
        }
    }

    /// Returns whether the feeds that were heard since confirm a leap of the machine's clock; `None` where none tells the time.
    fn confirms(&self, leap: Span, since: Time) -> Option<bool> {
        let heard = self.feeds.iter().filter(|feed| feed.last_arrival.is_some_and(|at| at > since));
        let told: Vec<i64> = heard.filter_map(|feed| feed.ahead_ms.back().copied()).collect();
        let near = |place: i64| told.iter().filter(|ahead| (**ahead - place).abs() <= leap.0 / 4).count();
        let (against, confirming) = (near(0), near(leap.0));
        (against + confirming > 0).then_some(confirming > against)
    }

    /// Moves the times of the feeds on with the machine's clock: no feed falls silent by a leap.
    fn move_on(&mut self, by: Span) {
        self.since += by;
        for feed in &mut self.feeds {
            feed.last_arrival = feed.last_arrival.map(|at| at + by);
            feed.silent_since = feed.silent_since.map(|at| at + by);
            for station in feed.stations.values_mut() {
                station.last_arrival += by;
            }
        }
    }

    /// Finds feeds that fell silent; returns whether any did.
    pub fn judge_silence(&mut self, now: Time) -> bool {
        let (mut changed, began) = (false, self.since);
        for feed in &mut self.feeds {
            let last = feed.last_arrival.unwrap_or(began);
            if !feed.may_be_silent && feed.silent_since.is_none() && now - last > SILENT_AFTER {
                feed.silent_since = Some(last);
                changed = true;
                let (event, since) = (telemetry::FEED_CHANGED, last.rfc3339());
                tracing::warn!(event, feed = feed.name, since, "the feed is silent");
            }
        }
        changed
    }

    /// Returns whether a feed brings reports that are all older than the picture, which is that of the newest report of any feed.
    pub fn is_late(&self, feed: &FeedHealth) -> bool {
        let newest = feed.last_report.zip(self.engine.now);
        feed.silent_since.is_none() && newest.is_some_and(|(last, now)| now - last > LATE_AFTER)
    }

    /// Notes the number in the journal of an alert, and the stamp of the message that it follows from.
    pub fn time_alert(&mut self, n: u64, arrival_ns: i64) {
        if self.timed.len() < LATENCIES {
            self.timed.push_back((n, arrival_ns));
        }
    }

    /// Notes that the alert of this number is being published.
    pub fn publishing(&mut self, n: u64, now_ns: i64) {
        while let Some((other, arrival)) = self.timed.front().copied().filter(|(other, _)| *other <= n) {
            self.timed.pop_front();
            if other == n {
                if self.latencies_ns.len() == LATENCIES {
                    self.latencies_ns.pop_front();
                }
                self.latencies_ns.push_back(u64::try_from(now_ns - arrival).unwrap_or(0));
            }
        }
    }

    /// The share of this program in an alert's way, from its message's arrival to its own publishing, in
    /// milliseconds: at each of the shares asked for (0.5 is the median), of the latest alerts.
    pub fn latency_ms<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        let mut sorted: Vec<u64> = self.latencies_ns.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        Some(shares.map(|share| sorted[(share * last as f64).round() as usize] as f64 / 1e6))
    }

    /// Alert events that the coordination channel has.
    pub fn sent(&self) -> u64 {
        self.sinks.first().map_or(0, |sink| sink.sent)
    }

    /// Alerts that the coordination channel has not confirmed, where it is asked to.
    pub fn unreceived(&self) -> u64 {
        self.sinks.first().and_then(|sink| sink.unreceived).unwrap_or(0)
    }

    /// Notes that a sink has one more alert event.
    pub fn sink_sent(&mut self, id: SinkId) {
        self.sink(id).into_iter().for_each(|sink| sink.sent += 1);
    }

    /// Notes why a sink took nothing, or that it took something.
    pub fn sink_error(&mut self, id: SinkId, error: Option<String>) {
        self.sink(id).into_iter().for_each(|sink| sink.error.clone_from(&error));
    }

    /// Notes how many alerts the other side of a sink has not confirmed.
    pub fn sink_unreceived(&mut self, id: SinkId, alerts: u64) {
        self.sink(id).into_iter().for_each(|sink| sink.unreceived = Some(alerts));
    }

    fn sink(&mut self, id: SinkId) -> Option<&mut SinkHealth> {
        self.sinks.get_mut(id.0)
    }

    fn feed(&mut self, id: FeedId) -> Option<&mut FeedHealth> {
        self.feeds.get_mut(usize::from(id.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, Mmsi};

    fn board() -> Board {
        Board::new(["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn silence_is_found_once_and_ends() {
        let board = board();
        let mut health = board.note();
        let began = health.since;
        health.arrived(FeedId(0), began + Span::from_secs(50));
        assert!(!health.judge_silence(began + Span::from_secs(60)));
        assert!(health.judge_silence(began + Span::from_secs(61)), "b never spoke");
        assert!(!health.judge_silence(began + Span::from_secs(62)), "told once");
        assert_eq!((health.feeds[0].silent_since, health.feeds[1].silent_since), (None, Some(began)));
        health.arrived(FeedId(1), began + Span::from_secs(70));
        assert_eq!(health.feeds[1].silent_since, None);
    }

    #[test]
    fn feeds_that_tell_the_time_decide_about_a_leap_of_the_machines_clock() {
        let board = board();
        let mut health = board.note();
        let (began, hour) = (health.since, Span::from_secs(3600));
        assert_eq!(health.confirms(hour, began), None);
        health.arrived(FeedId(0), began + Span::from_secs(5));
        assert_eq!(health.confirms(hour, began), None, "a feed that tells no time");
        health.feeds[0].time_clock(Span(-800));
        assert_eq!(health.confirms(hour, began), Some(false));
        health.feeds[0].time_clock(Span(3_599_200));
        assert_eq!(health.confirms(hour, began), Some(true));
        assert_eq!(health.confirms(hour, began + Span::from_secs(6)), None, "not heard since");
        health.move_on(hour);
        assert!(!health.judge_silence(began + hour + Span::from_secs(60)));
    }

    #[test]
    fn a_feed_whose_reports_are_all_older_than_the_picture_is_late() {
        let board = board();
        let mut health = board.note();
        let now = health.since;
        health.engine.now = Some(now);
        for (feed, age_s) in [(0, 2), (1, 3600)] {
            health.arrived(FeedId(feed), now);
            health.read(&[Input::Tick { feed: FeedId(feed), time: now - Span::from_secs(age_s) }], now);
        }
        let late = |health: &Health| health.feeds.iter().map(|feed| health.is_late(feed)).collect::<Vec<_>>();
        assert_eq!(late(&health), [false, true]);
        let identity = status::Identity { node: "a", exercise: None };
        let text = status::render(&health, identity, now);
        assert!(text.contains(r#""name":"b","state":"late""#), "{text}");
        health.judge_silence(now + Span::from_secs(61));
        assert_eq!(late(&health), [false, false], "both are silent");
        health.engine.now = Some(now - Span::from_secs(3600));
        health.arrived(FeedId(1), now + Span::from_secs(62));
        assert_eq!(late(&health), [false, false], "the picture is as old");
    }

    #[test]
    fn rate_is_of_the_last_minute() {
        let board = board();
        let mut health = board.note();
        let began = Time::from_secs(1_767_240_000);
        for second in 0..120 {
            let time = began + Span::from_secs(second);
            let report = Report {
                feed: FeedId(0),
                station: StationId(0),
                time: time - Span::from_secs(2),
                transmission: 0,
                mmsi: Mmsi(314_001_000),
                body: Body::Heard,
            };
            health.arrived(FeedId(0), time);
            health.read(&[Input::Report(report)], time);
        }
        let feed = &health.feeds[0];
        assert_eq!(feed.reports_per_min(began + Span::from_secs(119)), 60);
        assert_eq!(feed.reports_per_min(began + Span::from_secs(300)), 0);
        assert_eq!(feed.lag_s(), Some(2.0));
    }

    #[test]
    fn of_several_stations_the_silent_one_is_told() {
        let board = board();
        let mut health = board.note();
        let began = health.since;
        for (station, second) in [(1, 0), (2, 1), (2, 70)] {
            let report = Report {
                feed: FeedId(0),
                station: StationId(station),
                time: began,
                transmission: 0,
                mmsi: Mmsi(314_001_000),
                body: Body::Heard,
            };
            health.read(&[Input::Report(report)], began + Span::from_secs(second));
        }
        let now = began + Span::from_secs(80);
        let silent: Vec<bool> = health.feeds[0].several_stations(now).map(|(_, _, silent)| silent).collect();
        assert_eq!(silent, [true, false]);
        assert_eq!(health.feeds[1].several_stations(now).count(), 0);
    }

    #[test]
    fn the_broker_is_up_when_both_connections_are() {
        let board = board();
        let mut health = board.note();
        health.link_up(Link::In, false);
        assert!(!health.broker.connected);
        health.link_up(Link::Out, false);
        assert!(health.broker.connected);
        health.link_down(Link::In, "gone".to_owned());
        health.link_down(Link::Out, "gone".to_owned());
        assert_eq!((health.broker.connected, health.broker.failed_tries), (false, 2));
    }

    #[test]
    fn latency_is_of_alerts_that_this_run_wrote() {
        let board = board();
        let mut health = board.note();
        assert_eq!(health.latency_ms([0.5]), None);
        health.time_alert(100, 1_000_000);
        health.time_alert(200, 2_000_000);
        health.publishing(50, 9);
        health.publishing(100, 3_000_000);
        health.publishing(200, 3_000_000);
        assert_eq!(health.latency_ms([0.0, 1.0]), Some([1.0, 2.0]));
    }
}
