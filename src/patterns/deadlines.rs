//! Deadlines on the feeds' clocks: one is due when every feed that lately heard a subject has passed
//! it by the grace. A feed that falls silent makes nothing due.
//!
//! There is one deadline at most for a rule and a subject. It comes up when the newest clock passes it; where a
//! slower feed heard the subject too, it waits for that feed, or until the subject is heard without it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::RuleState;
use crate::model::{FeedId, RuleId, Span, StationId, Time, TrackId};
use crate::picture::Picture;

/// A feed's clock must have passed a deadline by this.
pub const GRACE: Span = Span::from_secs(30);
/// Time before a track's last report within which a station or feed that received the track is asked about it.
pub const RECENT_RECEPTION: Span = Span::from_secs(600);

/// The parties of a deadline: one track, or a pair of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Parties(TrackId, #[serde(with = "crate::model::ids::optional_track")] Option<TrackId>);

impl Parties {
    /// Returns a single track as parties.
    pub fn one(id: TrackId) -> Parties {
        Parties(id, None)
    }

    /// Returns a pair of tracks, in the order of their identifiers.
    pub fn pair(a: TrackId, b: TrackId) -> Parties {
        Parties(a.min(b), Some(a.max(b)))
    }

    /// Returns the only track, or the first of the pair.
    pub fn first(self) -> TrackId {
        self.0
    }

    /// Returns the second track of a pair.
    pub fn second(self) -> Option<TrackId> {
        self.1
    }

    /// Returns the tracks.
    pub fn ids(self) -> impl Iterator<Item = TrackId> {
        std::iter::once(self.0).chain(self.1)
    }
}

/// A deadline of a rule about a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deadline {
    /// Time at which the deadline is due.
    pub time: Time,
    /// The rule that set it.
    pub rule: RuleId,
    /// The tracks that it is about.
    pub parties: Parties,
}

/// Order in which due deadlines fire: by time, rule, and the parties' MMSIs.
type Order = (Time, RuleId, [u32; 2], Parties);

/// All deadlines.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Deadlines {
    clocks: Vec<Time>,
    newest: Option<Time>,
    coming: BinaryHeap<Reverse<Deadline>>,
    /// By the feed whose clock they wait for.
    waiting: Vec<BTreeSet<Deadline>>,
    /// Deadlines that have not come due, by track.
    #[serde(serialize_with = "crate::model::saved::in_order")]
    by_track: FxHashMap<TrackId, Vec<(FeedId, Deadline)>>,
    due: BinaryHeap<Reverse<Order>>,
}

impl Deadlines {
    /// A feed told a time. Whether something may be due now.
    pub fn advance(&mut self, feed: FeedId, time: Time) -> bool {
        let at = usize::from(feed.0);
        if at >= self.clocks.len() {
            self.clocks.resize(at + 1, Time::NEVER);
            self.waiting.resize_with(at + 1, BTreeSet::new);
        }
        if time <= self.clocks[at] {
            return false;
        }
        self.clocks[at] = time;
        self.newest = self.newest.max(Some(time));
        self.next_coming().is_some() || self.next_waiting(feed).is_some()
    }

    fn next_coming(&self) -> Option<Deadline> {
        let Reverse(next) = *self.coming.peek()?;
        (Some(next.time + GRACE) <= self.newest).then_some(next)
    }

    fn next_waiting(&self, feed: FeedId) -> Option<Deadline> {
        let next = *self.waiting.get(usize::from(feed.0))?.first()?;
        self.has_passed(feed, next).then_some(next)
    }

    fn has_passed(&self, feed: FeedId, deadline: Deadline) -> bool {
        deadline.time + GRACE <= self.clock(feed)
    }

    /// The newest time that any feed has told.
    pub fn newest(&self) -> Option<Time> {
        self.newest
    }

    /// The newest time that a feed has told.
    pub fn clock(&self, feed: FeedId) -> Time {
        self.clocks.get(usize::from(feed.0)).copied().unwrap_or(Time::NEVER)
    }

    /// Returns the number of deadlines set.
    pub fn len(&self) -> usize {
        self.coming.len() + self.waiting.iter().map(BTreeSet::len).sum::<usize>()
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets a deadline.
    pub fn arm(&mut self, deadline: Deadline) {
        self.coming.push(Reverse(deadline));
    }

    /// The first of those that a feed's word made due, taken out. To be asked until there is none: what is set
    /// meanwhile takes its turn.
    pub fn next_due(&mut self, feed: FeedId, picture: &Picture, rules: &mut RuleState) -> Option<Deadline> {
        while let Some(next) = self.next_coming() {
            self.coming.pop();
            self.sort_out(next, picture, rules);
        }
        while let Some(next) = self.next_waiting(feed) {
            self.unlist(feed, next, rules);
            self.sort_out(next, picture, rules);
        }
        let Reverse((time, rule, _, parties)) = self.due.pop()?;
        Some(Deadline { time, rule, parties })
    }

    /// Returns the feed whose clock is furthest behind, among those that lately received the subject. Another centre counts
    /// only where no receiver of this node heard it: its link may be down.
    fn slowest(&self, deadline: Deadline, picture: &Picture) -> Option<FeedId> {
        let tracks = deadline.parties.ids().filter_map(|id| picture.get(id));
        let heard = tracks.flat_map(|track| track.heard_within(RECENT_RECEPTION));
        heard.min_by_key(|h| (h.station == StationId::RELAYED, self.clock(h.feed), h.feed)).map(|h| h.feed)
    }

    /// Makes a deadline due, or lets it wait for a slower feed. That of a track that is gone is dropped; that of a pair
    /// still comes up, for what the rule holds on the pair.
    fn sort_out(&mut self, deadline: Deadline, picture: &Picture, rules: &mut RuleState) {
        if deadline.parties.second().is_none() && picture.get(deadline.parties.first()).is_none() {
            return;
        }
        let slow = self.slowest(deadline, picture).filter(|&feed| !self.has_passed(feed, deadline));
        let Some(feed) = slow else {
            let Deadline { time, rule, parties } = deadline;
            let on_ais = |id| picture.get(id).filter(|track| track.on_ais());
            let mmsi = |id: Option<TrackId>| id.and_then(on_ais).map_or(0, |track| track.mmsi.0);
            let numbers = [mmsi(Some(parties.first())), mmsi(parties.second())];
            self.due.push(Reverse((time, rule, numbers, parties)));
            return;
        };
        self.waiting[usize::from(feed.0)].insert(deadline);
        for id in deadline.parties.ids() {
            self.by_track.entry(id).or_default().push((feed, deadline));
            if picture.get(id).is_some() {
                rules.await_feed(id, true);
            }
        }
    }

    fn unlist(&mut self, feed: FeedId, deadline: Deadline, rules: &mut RuleState) {
        self.waiting[usize::from(feed.0)].remove(&deadline);
        for id in deadline.parties.ids() {
            let list = self.by_track.entry(id).or_default();
            list.retain(|(_, other)| *other != deadline);
            if list.is_empty() {
                self.by_track.remove(&id);
                rules.await_feed(id, false);
            }
        }
    }

    /// Rules have new numbers; the deadlines of those without one are no more.
    pub fn renumber_rules(&mut self, rules: &mut RuleState, renumbered: impl Fn(RuleId) -> Option<RuleId>) {
        let moved = |d: Deadline| Some(Deadline { rule: renumbered(d.rule)?, ..d });
        let coming = std::mem::take(&mut self.coming);
        self.coming = coming.into_iter().filter_map(|Reverse(d)| moved(d)).map(Reverse).collect();
        for waiting in &mut self.waiting {
            *waiting = std::mem::take(waiting).into_iter().filter_map(moved).collect();
        }
        for (id, listed) in std::mem::take(&mut self.by_track) {
            let kept: Vec<_> = listed.into_iter().filter_map(|(feed, d)| Some((feed, moved(d)?))).collect();
            if kept.is_empty() {
                rules.await_feed(id, false);
            }
            if !kept.is_empty() {
                self.by_track.insert(id, kept);
            }
        }
    }

    /// A track for which deadlines wait was heard: those whose feed has not heard it lately wait no longer for that.
    pub fn heard(&mut self, id: TrackId, picture: &Picture, rules: &mut RuleState) {
        let listed = self.by_track.get(&id).cloned().unwrap_or_default();
        for (feed, deadline) in listed {
            if self.slowest(deadline, picture) != Some(feed) {
                self.unlist(feed, deadline, rules);
                self.coming.push(Reverse(deadline));
            }
        }
    }
}
