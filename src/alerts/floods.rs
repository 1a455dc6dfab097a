//! Floods: alerts by the hundred that one transmitter or one feed can cause. They become one alert per rule and feed, which counts
//! them. An alert that something besides its parties' own messages supports stands apart.
//!
//! | what supports an alert | alerts that stand apart, per rule and feed |
//! | --- | --- |
//! | a radar sees every party | all |
//! | a history, a second feed, or (distress devices) a craft with a history nearby | [`SUPPORTED`] in [`WINDOW`] |
//! | nothing | so many in [`WINDOW`] as the configuration says |
//!
//! What does not stand apart is held back. Its case stays a candidate, is asked about again each minute, and stands apart as soon as
//! something supports it. An alert about a moment, such as a gap, is not asked about again: the count names it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::flood::{Flood, OVER_AFTER};
use super::incidents::Told;
use super::{AlertBook, Finding};
use crate::geodesy::{self, NM_M};
use crate::model::{EndReason, FeedId, Output, Phase, Position, RuleId, Span, Time, TrackId};
use crate::picture::{Kind, Picture};

/// Time within which new alerts of a rule and feed are counted.
const WINDOW: Span = Span::from_secs(600);
/// Further new alerts in that time that stand apart because something supports them.
const SUPPORTED: usize = 60;
/// Distress devices in that time that one craft nearby supports.
const BY_ONE_CRAFT: usize = 24;
/// Open alerts of a rule and feed, without those whose parties radars see, that stand apart at least.
const MOST_OPEN: usize = 1_000;
/// Time for which a party must have been heard to have a history.
const KNOWN_FOR: Span = Span::from_secs(45 * 60);
/// Time within which a second feed heard a party.
const SECOND_FEED_WITHIN: Span = Span::from_secs(600);
/// Distance of a craft with a history that supports a distress device, metres: rafts and persons drift.
const CRAFT_WITHIN_M: f64 = NM_M;
/// Age up to which the last report of such a craft counts: she may have sunk.
const CRAFT_HEARD_WITHIN: Span = Span::from_secs(6 * 3600);
/// Craft examined near a distress device.
const LOOKS: usize = 256;
/// Least time between two updates of a flood that doubles.
const UPDATE_EVERY: Span = Span::from_secs(10);
/// Time after which a flood that grows more slowly is updated.
const GROWN_EVERY: Span = Span::from_secs(600);

/// All floods, and what is counted towards them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Floods {
    sources: BTreeMap<(RuleId, FeedId), Source>,
    /// Feed of each open alert that is counted, by the alert's place in the book.
    counted: BTreeMap<u32, FeedId>,
    /// Earliest time at which a flood of a feed may be over.
    over_at: BTreeMap<FeedId, Time>,
}

/// New alerts of one rule about what one feed reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Source {
    /// Times and positions of the newest new alerts, at most so many as may stand apart.
    new: VecDeque<(Time, Position)>,
    /// Times of the newest supported ones, at most [`SUPPORTED`], with the craft that supports each.
    supported: VecDeque<(Time, Option<Nearby>)>,
    /// Open alerts that are counted.
    open: u32,
    flood: Option<Flood>,
}

/// A craft that supports a distress device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Nearby(TrackId);

/// Decision about an alert that is about to be raised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Admission {
    /// The alert stands apart, and is not counted.
    Free,
    /// The alert stands apart, and is counted for a feed.
    Counted(FeedId),
    /// The alert is held back.
    Held(FeedId),
}

impl Floods {
    /// Returns whether there is nothing to save.
    pub fn is_empty(&self) -> bool {
        *self == Floods::default()
    }

    /// Returns whether a flood has this id.
    pub fn is_open(&self, id: &str) -> bool {
        self.open().any(|flood| flood.id == id)
    }

    /// Returns the ids of the floods that go on.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.open().map(|flood| flood.id.as_str())
    }

    /// Returns how many floods go on.
    pub fn count(&self) -> usize {
        self.open().count()
    }

    fn open(&self) -> impl Iterator<Item = &Flood> {
        self.sources.values().filter_map(|source| source.flood.as_ref())
    }

    /// Notes that an alert that is counted was raised.
    pub fn note_raised(&mut self, at: u32, rule: RuleId, admission: Admission) {
        if let Admission::Counted(feed) = admission {
            self.counted.insert(at, feed);
            self.sources.entry((rule, feed)).or_default().open += 1;
        }
    }

    /// Notes that an open alert is over.
    pub fn note_over(&mut self, at: u32, rule: RuleId) {
        if let Some(feed) = self.counted.remove(&at)
            && let Some(source) = self.sources.get_mut(&(rule, feed))
        {
            source.open = source.open.saturating_sub(1);
        }
    }

    /// Drops what is known of a rule.
    pub fn forget(&mut self, rule: RuleId) {
        self.sources.retain(|(of, _), _| *of != rule);
    }

    /// Decides whether a new alert stands apart.
    fn admit(&mut self, picture: &Picture, rule: RuleId, f: &Finding<'_>, lone: usize) -> Admission {
        let Some(party) = f.subjects.iter().copied().find(|&id| picture.track(id).sensed == 0) else {
            return Admission::Free;
        };
        let feed = feed_of(picture, party);
        let source = self.sources.entry((rule, feed)).or_default();
        let from = f.time - WINDOW;
        while source.new.front().is_some_and(|&(time, _)| time < from) {
            source.new.pop_front();
        }
        while source.supported.front().is_some_and(|&(time, _)| time < from) {
            source.supported.pop_front();
        }
        let has_place = (source.open as usize) < lone.max(MOST_OPEN);
        if !f.was_held || source.flood.is_none() {
            let is_calm = source.new.len() < lone;
            if !is_calm {
                source.new.pop_front();
            }
            source.new.push_back((f.time, f.position));
            if is_calm && has_place {
                return source.stands_apart(feed, f);
            }
        }
        if has_place
            && source.supported.len() < SUPPORTED
            && let Some(support) = Support::of(picture, f, &source.supported)
        {
            source.supported.push_back((f.time, support.nearby()));
            return source.stands_apart(feed, f);
        }
        Admission::Held(feed)
    }
}

impl Source {
    fn stands_apart(&mut self, feed: FeedId, f: &Finding<'_>) -> Admission {
        if let Some(flood) = &mut self.flood {
            flood.apart = flood.apart.saturating_add(1);
            match f.was_held {
                true => flood.held = flood.held.saturating_sub(1),
                false => flood.reach(f.time, f.position),
            }
        }
        Admission::Counted(feed)
    }
}

/// What supports an alert besides its parties' own messages, where no radar does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Support {
    HistoryOrFeed,
    Craft(TrackId),
}

impl Support {
    /// Returns what supports every party of a finding that no radar sees.
    fn of(picture: &Picture, f: &Finding<'_>, before: &VecDeque<(Time, Option<Nearby>)>) -> Option<Support> {
        let mut support = None;
        for &id in f.subjects.iter().filter(|&&id| picture.track(id).sensed == 0) {
            support = Some(Support::of_party(picture, id, f, before)?);
        }
        support
    }

    fn of_party(
        picture: &Picture,
        id: TrackId,
        f: &Finding<'_>,
        before: &VecDeque<(Time, Option<Nearby>)>,
    ) -> Option<Support> {
        let track = picture.track(id);
        let mut feeds = track.heard_within(SECOND_FEED_WITHIN).map(|heard| heard.feed);
        let first = feeds.next();
        if feeds.any(|feed| Some(feed) != first) {
            return Some(Support::HistoryOrFeed);
        }
        if track.kind != Kind::Distress {
            return (f.time - track.first_heard >= KNOWN_FOR).then_some(Support::HistoryOrFeed);
        }
        let by = |craft: TrackId| before.iter().filter(|(_, by)| *by == Some(Nearby(craft))).count();
        craft_near(picture, f.position, f.time, |craft| by(craft) < BY_ONE_CRAFT).map(Support::Craft)
    }

    fn nearby(self) -> Option<Nearby> {
        match self {
            Support::HistoryOrFeed => None,
            Support::Craft(id) => Some(Nearby(id)),
        }
    }
}

/// Returns a craft near a place that radars see or that was heard for long.
fn craft_near(
    picture: &Picture,
    at: Position,
    now: Time,
    mut may_support: impl FnMut(TrackId) -> bool,
) -> Option<TrackId> {
    let (mut found, mut looks) = (None, 0);
    picture.surface_near(at, CRAFT_WITHIN_M, |id| {
        let track = picture.track(id);
        let is_known = track.sensed > 0 || track.last_heard - track.first_heard >= KNOWN_FOR;
        let is_craft = matches!(track.kind, Kind::Vessel | Kind::NetBuoy) && !track.tentative;
        let is_it = is_craft
            && is_known
            && now - track.last_heard <= CRAFT_HEARD_WITHIN
            && geodesy::distance_m(at, track.fix.position) <= CRAFT_WITHIN_M
            && may_support(id);
        found = is_it.then_some(id);
        looks += 1;
        !is_it && looks < LOOKS
    });
    found
}

/// Returns the feed that reports a track: of several that lately did, the first of the configuration.
fn feed_of(picture: &Picture, id: TrackId) -> FeedId {
    picture.track(id).heard_within(SECOND_FEED_WITHIN).map(|heard| heard.feed).min().unwrap_or_default()
}

impl AlertBook {
    /// Decides whether a new alert stands apart. One that does not is counted in its flood, which is told.
    pub(super) fn admit(
        &mut self,
        picture: &Picture,
        rule: RuleId,
        f: &Finding<'_>,
        out: &mut Vec<Output>,
    ) -> Admission {
        let admission = self.floods.admit(picture, rule, f, self.lone_alerts);
        if let Admission::Held(feed) = admission {
            self.count_in_flood(picture, (rule, feed), f, out);
        }
        admission
    }

    fn count_in_flood(
        &mut self,
        picture: &Picture,
        (rule, feed): (RuleId, FeedId),
        f: &Finding<'_>,
        out: &mut Vec<Output>,
    ) {
        let rule_name = self.labels[rule.index()].rule.as_str();
        let Some(source) = self.floods.sources.get_mut(&(rule, feed)) else { return };
        let begins = source.flood.is_none();
        let new = &source.new;
        let flood = source.flood.get_or_insert_with(|| Flood::begin(picture, rule_name, feed, f, new));
        flood.active = flood.active.max(f.time);
        if begins || !f.was_held {
            flood.held = flood.held.saturating_add(1);
            flood.reach(f.time, f.position);
        }
        let over_at = flood.active + OVER_AFTER;
        let since = f.time - flood.told_at;
        let phase = match flood.seq {
            0 => Some(Phase::Raised),
            _ if flood.held >= 2 * flood.told.max(1) && since >= UPDATE_EVERY => Some(Phase::Updated),
            _ if flood.held > flood.told && since >= GROWN_EVERY => Some(Phase::Updated),
            _ => None,
        };
        self.floods.over_at.entry(feed).or_insert(over_at);
        if phase.is_some() {
            self.tell_flood(picture, (rule, feed), f.time, None, out);
        }
    }

    /// Returns whether a flood of a feed may be over at a time.
    pub fn may_end_floods(&self, feed: FeedId, now: Time) -> bool {
        self.floods.over_at.get(&feed).is_some_and(|&time| time <= now)
    }

    /// Ends the floods of a feed that nothing new belonged to for long.
    pub fn end_floods(&mut self, picture: &Picture, feed: FeedId, now: Time, out: &mut Vec<Output>) {
        let mut next = None;
        let mut over = Vec::new();
        for (&of, source) in self.floods.sources.iter().filter(|((_, of), _)| *of == feed) {
            let Some(flood) = &source.flood else { continue };
            match flood.active + OVER_AFTER {
                time if time <= now => over.push(of),
                time => next = Some(next.map_or(time, |next: Time| next.min(time))),
            }
        }
        match next {
            Some(next) => drop(self.floods.over_at.insert(feed, next)),
            None => drop(self.floods.over_at.remove(&feed)),
        }
        for of in over {
            self.tell_flood(picture, of, Time::NEVER, Some(EndReason::Moved), out);
        }
    }

    /// Gives rules new numbers. The floods of rules without one end.
    pub(super) fn renumber_floods(
        &mut self,
        picture: &Picture,
        now: Time,
        renumbered: impl Fn(RuleId) -> Option<RuleId>,
        out: &mut Vec<Output>,
    ) {
        let gone = |&(rule, _): &(RuleId, FeedId)| renumbered(rule).is_none();
        let over: Vec<(RuleId, FeedId)> = self.floods.sources.keys().copied().filter(gone).collect();
        for of in over {
            self.tell_flood(picture, of, now, Some(EndReason::RuleChanged), out);
        }
        let sources = std::mem::take(&mut self.floods.sources);
        self.floods.sources = sources
            .into_iter()
            .filter_map(|((rule, feed), source)| Some(((renumbered(rule)?, feed), source)))
            .collect();
    }

    /// States an event of a flood.
    fn tell_flood(
        &mut self,
        picture: &Picture,
        (rule, feed): (RuleId, FeedId),
        now: Time,
        end: Option<EndReason>,
        out: &mut Vec<Output>,
    ) {
        let Some(source) = self.floods.sources.get_mut(&(rule, feed)) else { return };
        let Some(flood) = &mut source.flood else { return };
        flood.seq += 1;
        flood.told = flood.held;
        let ends_at = if end == Some(EndReason::Moved) { flood.active + OVER_AFTER } else { now };
        flood.told_at = flood.told_at.max(ends_at);
        let mut event = flood.event(picture, &self.labels[rule.index()], feed, end);
        self.versions.of(&event.id).clone_into(&mut event.rules_version);
        let until = end.map(|_| flood.active);
        let noted = self.incidents.note(Told::flood(&flood.id, &flood.key, (flood.onset, until, event.time)));
        (event.incident, event.joins) = (noted.incident, noted.joins);
        if end.is_some() {
            source.flood = None;
        }
        out.push(Output::Alert(Box::new(event)));
        self.mark_moved(&noted.moved);
    }
}
