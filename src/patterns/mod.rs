//! The patterns: one file each, and the one list of them.
//!
//! A pattern declares itself once (configuration, reference and labels follow from that), and makes for each of its
//! rules a [`Watch`]: a small state machine over the picture that states findings to the alert book.

pub mod air_drop;
mod airborne;
pub mod airspace_entry;
pub mod ais_gap;
pub mod circling;
mod clutter_test;
pub mod coast_hugging;
mod company;
mod conditions;
pub mod dark_aircraft;
pub mod dark_target;
mod deadlines;
pub mod distress;
pub mod drifting;
pub mod drop_pickup;
mod ghost_test;
pub mod gnss_interference;
pub mod go_fast;
mod grounds;
pub mod identity;
pub mod launch;
mod life_cycle;
mod limits;
pub mod loitering;
pub mod low_slow;
mod meeting;
mod near_misses;
mod outings;
mod pair_cases;
mod pair_motion;
pub mod position_mismatch;
pub mod rendezvous;
mod ring;
mod rule_state;
mod scope;
pub mod shadowing;
pub mod squawk;
mod states;
mod surroundings;
mod tally;
mod time_of_day;
mod trace;
mod track_cases;
pub mod transponder_loss;
pub mod unscheduled_landing;
pub mod watchlist;
mod witness;
pub mod zone;

use crate::alerts::{AlertBook, Finding, Handle, NotRaised};
use crate::model::saved::Unreadable;
use crate::model::{Limit, Output, Reason, Rule, RuleId, Time, TrackId};
use crate::picture::Picture;
use company::Company;

pub use conditions::{Check, Condition};
pub use deadlines::{Deadline, Deadlines, GRACE, Parties};
pub use near_misses::{ENDS, Histogram, NearMiss, part_of};
pub use rule_state::{RuleBits, RuleState, TrackRules};
pub use scope::{Hit, Lists, Scope};
pub use surroundings::{Neighbour, Surroundings};
pub use tally::Tally;
pub use trace::{Judgement, Outcome, Sought, Tracer};

/// A kind of sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensor {
    /// AIS.
    Ais,
    /// A radar.
    Radar,
    /// Receivers of aircraft, or radars of the air.
    Air,
}

/// The one declaration of a pattern: configuration keys, reference page and labels are made from it.
#[derive(Debug)]
pub struct Pattern {
    /// Kebab-case word in files, topics and alerts.
    pub name: &'static str,
    /// One sentence for people: what fires.
    pub doc: &'static str,
    /// What it does not judge, and when it says "cannot judge".
    pub caution: &'static str,
    /// Its limits.
    pub limits: &'static [Limit],
    /// Sensors without which it raises nothing.
    pub needs: &'static [Sensor],
    /// Makes the watch of one of its rules.
    pub watch: fn(&Rule, RuleId) -> Box<dyn Watch>,
}

impl Pattern {
    /// Returns the pattern of a word.
    pub fn named(word: &str) -> Option<&'static Pattern> {
        ALL.iter().copied().find(|pattern| pattern.name == word)
    }
}

/// Every pattern there is.
pub const ALL: &[&Pattern] = &[
    &zone::PATTERN,
    &loitering::PATTERN,
    &drifting::PATTERN,
    &rendezvous::PATTERN,
    &ais_gap::PATTERN,
    &dark_target::PATTERN,
    &go_fast::PATTERN,
    &shadowing::PATTERN,
    &launch::PATTERN,
    &drop_pickup::PATTERN,
    &coast_hugging::PATTERN,
    &position_mismatch::PATTERN,
    &identity::PATTERN,
    &distress::PATTERN,
    &dark_aircraft::PATTERN,
    &low_slow::PATTERN,
    &air_drop::PATTERN,
    &unscheduled_landing::PATTERN,
    &circling::PATTERN,
    &transponder_loss::PATTERN,
    &squawk::PATTERN,
    &airspace_entry::PATTERN,
    &gnss_interference::PATTERN,
    &watchlist::PATTERN,
];

/// When a rule wants to see a vessel that it holds no state on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gate {
    /// At every report.
    Always,
    /// At a report of at most this speed in tenths of a knot, or of none.
    Slow(u16),
    /// At a report of at least this speed in tenths of a knot.
    Fast(u16),
    /// Once, to set a deadline.
    Once,
    /// When it looks round and others are near, or radars alone see it: [`World::near`] has them then.
    Near {
        /// Distance within which others are near, metres.
        within_m: f64,
        /// Speed in tenths of a knot up to which a vessel that its own reports alone show looks round.
        slow: Option<u16>,
    },
    /// At every report of a track that radars see.
    Seen,
    /// At every report of a vessel whose claims something speaks against.
    Signs,
    /// At every message of a distress device.
    Distress,
    /// At every position of an aircraft.
    Aircraft,
    /// At every report of vessels and aircraft, and of stations and distress devices that say who they are.
    Anyone,
    /// At those of aircraft, and at every report of a vessel whose claims something speaks against.
    Integrity,
}

/// A rule at work.
pub trait Watch: Send {
    /// When it is asked about vessels that it holds no state on.
    fn gate(&self) -> Gate;

    /// A vessel has a new position. `applies`: the rule is about it, where it is now. Answers whether the rule
    /// holds state on it from here on, and so wants every report of it.
    fn report(&mut self, id: TrackId, applies: bool, world: &mut World<'_>) -> bool;

    /// A vessel that it holds state on was heard, without a new position.
    fn heard(&mut self, _id: TrackId, _world: &mut World<'_>) {}

    /// A vessel that it holds state on turned out to be another track, which goes on: what it holds on the first ends.
    fn gone(&mut self, id: TrackId, into: TrackId, world: &mut World<'_>);

    /// A deadline it set has come. Answers the next one, if it wants one.
    fn due(&mut self, deadline: Deadline, world: &mut World<'_>) -> Option<Time>;

    /// Version of the layout that [`Watch::save`] writes. A pattern that changes its layout raises it.
    fn layout(&self) -> u16 {
        1
    }

    /// Appends all state that the rule holds.
    fn save(&self, out: &mut Vec<u8>);

    /// Replaces the rule's state by what such a rule saved in layout `version`, which is at most [`Watch::layout`].
    ///
    /// # Errors
    /// The saved state is damaged. An older layout that can't be migrated is an error too: the engine then drops the rule's state.
    fn load(&mut self, version: u16, saved: &mut &[u8]) -> Result<(), Unreadable>;
}

/// What a watch sees and acts on.
pub struct World<'a> {
    /// All tracks, to read.
    pub picture: &'a Picture,
    /// Rules' zones and subjects.
    pub scope: &'a Scope,
    /// Bookkeeping of the rules by track.
    pub rules: &'a mut RuleState,
    /// To state findings to.
    pub alerts: &'a mut AlertBook,
    /// To be called back.
    pub deadlines: &'a mut Deadlines,
    /// To count what could not be judged.
    pub tally: &'a mut Tally,
    /// To record the conditions of judgements, where somebody asks for them.
    pub tracer: Option<&'a Tracer>,
    /// The vessels near the one that moved, where it looks round at this report.
    pub near: Option<&'a [Neighbour]>,
    /// Event time.
    pub now: Time,
    /// Where events go.
    pub out: &'a mut Vec<Output>,
}

impl World<'_> {
    /// Whether a rule is about a track where it is now.
    pub fn applies(&self, rule: RuleId, id: TrackId) -> bool {
        let track = self.picture.track(id);
        (self.rules.of(id).about & self.scope.known_rules_in(track.zones)) & bit(rule) != 0
    }

    /// Sets a deadline of a track, if the rule has none set on it: that one will ask again.
    pub fn arm(&mut self, rule: RuleId, id: TrackId, time: Time) {
        let armed = &mut self.rules.of_mut(id).armed;
        if *armed & bit(rule) == 0 {
            *armed |= bit(rule);
            self.deadlines.arm(Deadline { time, rule, parties: Parties::one(id) });
        }
    }

    /// Sets the deadline of a pair; the rule sees to it that there is one only.
    pub fn arm_pair(&mut self, rule: RuleId, parties: Parties, time: Time) {
        self.deadlines.arm(Deadline { time, rule, parties });
    }

    /// The rule holds state on a track, or no longer.
    pub fn engage(&mut self, rule: RuleId, id: TrackId, holds: bool) {
        self.rules.engage(rule, id, holds);
    }

    /// States a finding for the first time.
    pub fn raise(&mut self, rule: RuleId, finding: &Finding<'_>) -> Raising {
        let never_quiet = self.is_never_quiet(finding.subjects);
        let usual = if never_quiet { None } else { self.alerts.is_usual(self.picture, rule, finding) };
        let raising = match usual {
            Some(reason) => Raising::Ordinary(reason),
            None => match self.alerts.raise(self.picture, rule, finding, never_quiet, self.out) {
                Ok(handle) => Raising::Raised(handle),
                Err(NotRaised::Chained) => Raising::Shared,
                Err(NotRaised::Flood) => Raising::Ordinary(Reason::Flood),
            },
        };
        self.trace_raising(raising);
        raising
    }

    /// Whether no habit of the place may make a finding about these quiet: one is on a list that a rule looks for, or several
    /// meet and one has no AIS.
    fn is_never_quiet(&self, parties: &[TrackId]) -> bool {
        let is_dark = |id: &TrackId| {
            let track = self.picture.track(*id);
            !track.is_cooperative() || track.is_dark(self.now)
        };
        let is_dark_meeting = parties.len() > 1 && parties.iter().any(is_dark);
        is_dark_meeting || parties.iter().any(|id| self.scope.is_looked_for(self.picture, *id))
    }

    /// Returns the vessels within a distance of the first of these that are at most this fast; stops at `enough` that count.
    pub fn company(&self, ids: &[TrackId], within_m: f64, max_speed_kn: f64, enough: usize) -> Company {
        Company::near(self.picture, ids, within_m, max_speed_kn, enough, self.now)
    }
}

/// What became of a finding that was stated for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raising {
    /// An alert is open.
    Raised(Handle),
    /// The parties share an open incident of the pattern already.
    Shared,
    /// Such a thing is usual there and the rule asks for what is rarer, the rule waits until that is learnt, or the alert is one of a
    /// flood.
    Ordinary(Reason),
}

/// A rule's bit.
pub fn bit(rule: RuleId) -> RuleBits {
    1 << rule.0
}
