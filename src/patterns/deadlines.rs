//! Deadlines on the feeds' clocks (DESIGN section 5): due when every feed that lately heard a subject has passed
//! it by the grace. A feed that falls silent makes nothing due.
//!
//! There is one deadline at most for a rule and a subject. It comes up when the newest clock passes it; where a
//! slower feed heard the subject too, it waits for that feed, or until the subject is heard without it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::model::{FeedId, Span, Time};
use crate::picture::{Picture, index::NONE};

/// A feed's clock must have passed a deadline by this.
pub const GRACE: Span = Span::from_secs(30);
/// A feed that heard a subject within this before its last report "lately heard" it.
const LATELY: Span = Span::from_secs(600);

/// One track, or a pair of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject(pub u32, pub u32);

impl Subject {
    /// A single track.
    pub fn one(slot: u32) -> Subject {
        Subject(slot, NONE)
    }

    /// A pair, in the order of their slots.
    pub fn pair(a: u32, b: u32) -> Subject {
        Subject(a.min(b), a.max(b))
    }

    /// Its tracks.
    pub fn slots(self) -> impl Iterator<Item = u32> {
        [self.0, self.1].into_iter().filter(|&slot| slot != NONE)
    }
}

/// A deadline of a rule about a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deadline {
    /// When it is due.
    pub time: Time,
    /// Whose.
    pub rule: u16,
    /// About whom.
    pub subject: Subject,
}

/// Due deadlines fire in the order of time, rule, the subjects' numbers.
type Order = (Time, u16, [u32; 2], Subject);

/// All deadlines.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Deadlines {
    clocks: Vec<Time>,
    newest: Option<Time>,
    coming: BinaryHeap<Reverse<Deadline>>,
    /// By the feed whose clock they wait for.
    waiting: Vec<BTreeSet<Deadline>>,
    /// Those that wait, by track.
    by_slot: FxHashMap<u32, Vec<(FeedId, Deadline)>>,
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

    /// How many are set.
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
    pub fn next_due(&mut self, feed: FeedId, picture: &Picture) -> Option<Deadline> {
        while let Some(next) = self.next_coming() {
            self.coming.pop();
            self.sort_out(next, picture);
        }
        while let Some(next) = self.next_waiting(feed) {
            self.unlist(feed, next, picture);
            self.sort_out(next, picture);
        }
        let Reverse((time, rule, _, subject)) = self.due.pop()?;
        Some(Deadline { time, rule, subject })
    }

    /// Of the feeds that lately heard the subject the one whose clock is furthest behind.
    fn slowest(&self, deadline: Deadline, picture: &Picture) -> Option<FeedId> {
        let heard = deadline.subject.slots().flat_map(|slot| picture.track(slot).heard_within(LATELY));
        heard.map(|h| h.feed).min_by_key(|&feed| (self.clock(feed), feed))
    }

    /// Due, or to wait for a slower feed.
    fn sort_out(&mut self, deadline: Deadline, picture: &Picture) {
        let slow = self.slowest(deadline, picture).filter(|&feed| !self.has_passed(feed, deadline));
        let Some(feed) = slow else {
            let Deadline { time, rule, subject } = deadline;
            let who = |slot: u32| if slot == NONE { 0 } else { picture.track(slot).mmsi.0 };
            self.due.push(Reverse((time, rule, [who(subject.0), who(subject.1)], subject)));
            return;
        };
        self.waiting[usize::from(feed.0)].insert(deadline);
        for slot in deadline.subject.slots() {
            self.by_slot.entry(slot).or_default().push((feed, deadline));
            picture.track(slot).awaited.set(true);
        }
    }

    fn unlist(&mut self, feed: FeedId, deadline: Deadline, picture: &Picture) {
        self.waiting[usize::from(feed.0)].remove(&deadline);
        for slot in deadline.subject.slots() {
            let list = self.by_slot.entry(slot).or_default();
            list.retain(|(_, other)| *other != deadline);
            if list.is_empty() {
                self.by_slot.remove(&slot);
                picture.track(slot).awaited.set(false);
            }
        }
    }

    /// Rules have new numbers; the deadlines of those without one are no more.
    pub fn renumber_rules(&mut self, picture: &Picture, renumbered: impl Fn(u16) -> Option<u16>) {
        let moved = |d: Deadline| Some(Deadline { rule: renumbered(d.rule)?, ..d });
        let coming = std::mem::take(&mut self.coming);
        self.coming = coming.into_iter().filter_map(|Reverse(d)| moved(d)).map(Reverse).collect();
        for waiting in &mut self.waiting {
            *waiting = std::mem::take(waiting).into_iter().filter_map(moved).collect();
        }
        for (slot, listed) in std::mem::take(&mut self.by_slot) {
            let kept: Vec<_> = listed.into_iter().filter_map(|(feed, d)| Some((feed, moved(d)?))).collect();
            picture.track(slot).awaited.set(!kept.is_empty());
            if !kept.is_empty() {
                self.by_slot.insert(slot, kept);
            }
        }
    }

    /// A track for which deadlines wait was heard: those whose feed has not heard it lately wait no longer for that.
    pub fn heard(&mut self, slot: u32, picture: &Picture) {
        let listed = self.by_slot.get(&slot).cloned().unwrap_or_default();
        for (feed, deadline) in listed {
            if self.slowest(deadline, picture) != Some(feed) {
                self.unlist(feed, deadline, picture);
                self.coming.push(Reverse(deadline));
            }
        }
    }
}
