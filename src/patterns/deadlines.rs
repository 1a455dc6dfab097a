//! Deadlines on the feeds' clocks (DESIGN section 5): due when every feed that lately heard a subject has passed
//! it by the grace. A feed that falls silent makes nothing due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{FeedId, Span, Time};
use crate::picture::{Picture, index::NONE};

/// A feed's clock must have passed a deadline by this.
pub const GRACE: Span = Span::from_secs(30);
/// A feed that heard a subject within this before its last report "lately heard" it.
const LATELY: Span = Span::from_secs(600);

/// One track, or a pair of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// When it is due.
    pub time: Time,
    /// Whose.
    pub rule: u16,
    /// About whom.
    pub subject: Subject,
}

/// All deadlines, each waiting for one feed's clock.
#[derive(Debug, Default)]
pub struct Deadlines {
    clocks: Vec<Time>,
    waiting: Vec<BinaryHeap<Reverse<Deadline>>>,
}

impl Deadlines {
    /// A feed told a time. Whether something may be due now.
    pub fn advance(&mut self, feed: FeedId, time: Time) -> bool {
        let at = self.room_for(feed);
        if time <= self.clocks[at] {
            return false;
        }
        self.clocks[at] = time;
        self.waiting[at].peek().is_some_and(|Reverse(next)| next.time + GRACE <= time)
    }

    fn room_for(&mut self, feed: FeedId) -> usize {
        let at = usize::from(feed.0);
        if at >= self.clocks.len() {
            self.clocks.resize(at + 1, Time::NEVER);
            self.waiting.resize_with(at + 1, BinaryHeap::new);
        }
        at
    }

    /// The newest time that any feed has told.
    pub fn newest(&self) -> Option<Time> {
        self.clocks.iter().copied().max().filter(|&t| t > Time::NEVER)
    }

    /// The newest time that a feed has told.
    pub fn clock(&self, feed: FeedId) -> Time {
        self.clocks.get(usize::from(feed.0)).copied().unwrap_or(Time::NEVER)
    }

    /// Sets a deadline.
    pub fn arm(&mut self, deadline: Deadline, picture: &Picture) {
        let feed = self.slowest(deadline, picture);
        let at = self.room_for(feed);
        self.waiting[at].push(Reverse(deadline));
    }

    /// Of the feeds that lately heard the subject the one whose clock is furthest behind.
    fn slowest(&self, deadline: Deadline, picture: &Picture) -> FeedId {
        let heard = deadline.subject.slots().flat_map(|slot| picture.track(slot).heard_within(LATELY));
        heard.map(|h| h.feed).min_by_key(|&feed| (self.clock(feed), feed)).unwrap_or_default()
    }

    /// Those that a feed's word made due, in order of (time, rule, subject), taken out.
    pub fn take_due(&mut self, feed: FeedId, picture: &Picture, due: &mut Vec<Deadline>) {
        due.clear();
        let at = self.room_for(feed);
        while let Some(Reverse(next)) = self.waiting[at].peek().copied() {
            if next.time + GRACE > self.clocks[at] {
                break;
            }
            self.waiting[at].pop();
            let slowest = self.slowest(next, picture);
            if self.clock(slowest) >= next.time + GRACE {
                due.push(next);
            } else {
                let other = self.room_for(slowest);
                self.waiting[other].push(Reverse(next));
                if other == at {
                    break;
                }
            }
        }
        let who = |slot: u32| if slot == NONE { 0 } else { picture.track(slot).mmsi.0 };
        due.sort_by_key(|d| (d.time, d.rule, who(d.subject.0), who(d.subject.1), d.subject));
    }
}
