//! Bookkeeping of the rules by track: which rules are about a track, which hold state on it, which wait for a deadline of it.
//!
//! The engine owns it; patterns reach it through [`World`](super::World). It stands with the patterns and not with the
//! engine because arrows run downward: patterns read and write it, the engine is above them. An entry belongs to one
//! generation of a slot, so that it is empty again once the place is another track's.

use serde::{Deserialize, Serialize};

use super::bit;
use super::surroundings::LastRound;
use crate::model::{RuleId, TrackId};
use crate::normalcy::Look;
use crate::picture::RuleMarks;

/// Rules as a set of bits, in the order of the configuration.
pub type RuleBits = u128;

/// Bookkeeping of the rules for one track: 64 bytes, one line of the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackRules {
    /// Rules whose `who` the track fulfils.
    pub about: RuleBits,
    /// Rules that hold state on the track.
    pub engaged: RuleBits,
    /// Rules that wait for a deadline of the track.
    pub armed: RuleBits,
    generation: u32,
    /// Whether `about` is up to date.
    pub assessed: bool,
    /// Whether deadlines of the track wait for a slow feed.
    pub awaited: bool,
    /// The last look of the model of what is usual; saved apart, see [`RuleState::looks`].
    #[serde(skip)]
    pub look: Look,
    /// Time at which the track looked round last; saved apart, see [`RuleState::rounds`].
    #[serde(skip)]
    pub round: LastRound,
}

/// Bookkeeping of the rules for all tracks, by slot.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RuleState {
    entries: Vec<TrackRules>,
}

/// The entry of a track that no rule has looked at.
static EMPTY: TrackRules = TrackRules {
    about: 0,
    engaged: 0,
    armed: 0,
    generation: 0,
    assessed: false,
    awaited: false,
    look: Look::of_bits(0),
    round: LastRound::of_bits(0),
};

impl RuleState {
    /// Returns the entry of a track.
    pub fn of(&self, id: TrackId) -> &TrackRules {
        let entry = self.entries.get(id.index());
        entry.filter(|entry| entry.generation == id.generation()).unwrap_or(&EMPTY)
    }

    /// Notes whether deadlines of a track wait for a slow feed.
    pub fn await_feed(&mut self, id: TrackId, awaits: bool) {
        if awaits || self.of(id).awaited {
            self.of_mut(id).awaited = awaits;
        }
    }

    /// Returns the entry of a live track, to be changed.
    pub fn of_mut(&mut self, id: TrackId) -> &mut TrackRules {
        if id.index() >= self.entries.len() {
            self.entries.resize(id.index() + 1, EMPTY);
        }
        let entry = &mut self.entries[id.index()];
        if entry.generation != id.generation() {
            *entry = TrackRules { generation: id.generation(), ..EMPTY };
        }
        entry
    }

    /// Notes which rules are about a track.
    pub fn assess(&mut self, id: TrackId, about: RuleBits) {
        let entry = self.of_mut(id);
        (entry.about, entry.assessed) = (about, true);
    }

    /// Notes whether a rule holds state on a track.
    pub fn engage(&mut self, rule: RuleId, id: TrackId, holds: bool) {
        if holds {
            self.of_mut(id).engaged |= bit(rule);
        } else if self.of(id).engaged != 0 {
            self.of_mut(id).engaged &= !bit(rule);
        }
    }

    /// Gives rules new numbers; what was noted for rules without one is dropped.
    pub fn renumber_rules(&mut self, renumbered: impl Fn(RuleId) -> Option<RuleId>) {
        let moved = |mut bits: RuleBits| {
            let mut now = 0;
            while bits != 0 {
                let rule = RuleId(bits.trailing_zeros() as u16);
                bits &= bits - 1;
                now |= renumbered(rule).map_or(0, bit);
            }
            now
        };
        for entry in &mut self.entries {
            (entry.engaged, entry.armed) = (moved(entry.engaged), moved(entry.armed));
        }
    }

    /// Returns the last look at each slot's track.
    pub fn looks(&self) -> Vec<u32> {
        self.entries.iter().map(|entry| entry.look.bits()).collect()
    }

    /// Restores what [`RuleState::looks`] returned.
    pub fn restore_looks(&mut self, looks: &[u32]) {
        for (entry, bits) in self.entries.iter_mut().zip(looks) {
            entry.look = Look::of_bits(*bits);
        }
    }

    /// Returns when each slot's track looked round last.
    pub fn rounds(&self) -> Vec<u32> {
        self.entries.iter().map(|entry| entry.round.bits()).collect()
    }

    /// Restores what [`RuleState::rounds`] returned.
    pub fn restore_rounds(&mut self, rounds: &[u32]) {
        for (entry, bits) in self.entries.iter_mut().zip(rounds) {
            entry.round = LastRound::of_bits(*bits);
        }
    }

    /// Returns the bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<TrackRules>()
    }
}

/// Bookkeeping of tracks by slot, each of the first generation.
impl FromIterator<TrackRules> for RuleState {
    fn from_iter<I: IntoIterator<Item = TrackRules>>(entries: I) -> RuleState {
        RuleState { entries: entries.into_iter().collect() }
    }
}

impl From<RuleMarks> for TrackRules {
    fn from(marks: RuleMarks) -> TrackRules {
        let RuleMarks { about, engaged, armed, awaited, assessed } = marks;
        TrackRules { about, engaged, armed, generation: 0, assessed, awaited, ..TrackRules::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_of_the_cache() {
        assert_eq!(size_of::<TrackRules>(), 64);
    }

    #[test]
    fn what_was_noted_of_a_track_is_not_noted_of_its_successor() {
        let (first, next) = (TrackId::new(2, 0), TrackId::new(2, 1));
        let mut rules = RuleState::default();
        rules.assess(first, 3);
        rules.engage(RuleId(1), first, true);
        assert_eq!((rules.of(first).about, rules.of(first).engaged), (3, 2));
        assert_eq!(rules.of(next), &EMPTY);
        rules.engage(RuleId(0), next, true);
        assert_eq!((rules.of(next).engaged, rules.of(first)), (1, &EMPTY));
    }
}
