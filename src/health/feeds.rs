//! Health of feeds and their stations: rates, silence, clocks.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Health;
use crate::clock;
use crate::engine::Counts;
use crate::model::{FeedId, Input, Report, Span, StationId, Time};
use crate::telemetry;
use crate::wire::{Blame, Reason, Stations, Tally};

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
/// The reason that what is over a feed's limit is counted under.
const OVER_LIMIT: &str = "over-limit";
/// Stations of a feed that are looked after, at most.
const STATIONS: usize = 64;

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

/// Health of a station in a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StationHealth {
    /// Name of the station; empty where the feed names none.
    pub name: String,
    /// Latest arrival of a report of the station.
    pub last_arrival: Time,
}

impl FeedHealth {
    /// Returns the health of a feed that has brought nothing yet.
    pub fn new(name: String) -> FeedHealth {
        FeedHealth { name, ..FeedHealth::default() }
    }

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

impl Health {
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
                        self.feeds.push(FeedHealth::new(feed.name.clone()));
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
            *feed = FeedHealth::new(std::mem::take(&mut feed.name));
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

    pub(super) fn feed(&mut self, id: FeedId) -> Option<&mut FeedHealth> {
        self.feeds.get_mut(usize::from(id.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Board, status};
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
}
