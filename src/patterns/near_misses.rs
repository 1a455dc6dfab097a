//! Near misses: tracks that raised nothing, though one limit alone kept a rule from it; and how near they came to that limit.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::Condition;
use super::trace::Outcome;
use crate::model::{Bound, LimitKind, RuleId, TrackId};

/// Near misses that are kept at most; beyond, new ones are counted alone.
const MOST_NEAR_MISSES: usize = 100_000;

/// The nearest that one track came to one limit of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearMiss {
    /// The rule.
    pub rule: RuleId,
    /// The track; of a pair the first.
    pub track: TrackId,
    /// Key of the limit.
    pub limit: &'static str,
    /// Form of value and limit.
    pub kind: LimitKind,
    /// Side of the limit on which the value has to lie.
    pub bound: Bound,
    /// Value that came nearest, in the unit of the kind.
    pub value: f64,
    /// The limit, in the unit of the kind.
    pub asked: f64,
}

/// Ends of the parts into which the distances from a limit are sorted, as shares of the limit; beyond the last is one more part.
pub const ENDS: [f64; 4] = [0.1, 0.25, 0.5, 1.0];

/// Number of tracks by their distance from a limit, in the parts of [`ENDS`].
pub type Histogram = [u64; ENDS.len() + 1];

/// Returns the part of a histogram for a distance, as a share of the limit.
pub fn part_of(short: f64) -> usize {
    ENDS.iter().position(|end| short <= *end).unwrap_or(ENDS.len())
}

/// Near misses of all rules and tracks.
#[derive(Default)]
pub struct NearMisses {
    nearest: BTreeMap<(RuleId, TrackId, &'static str), (Condition, f64)>,
    raised: BTreeSet<(RuleId, TrackId)>,
    /// Near misses of a watch, which goes on for months: counted as they come.
    counts: Option<BTreeMap<(RuleId, &'static str), Histogram>>,
}

impl NearMisses {
    /// Returns near misses of a watch, which has no end: they are counted, and single ones are forgotten once there are too many.
    pub fn of_watch() -> NearMisses {
        NearMisses { counts: Some(BTreeMap::new()), ..NearMisses::default() }
    }

    /// Notes a judgement with the conditions that were compared.
    pub fn note(
        &mut self,
        rule: RuleId,
        track: TrackId,
        outcome: Outcome,
        unmet: u32,
        conditions: &[Condition],
    ) {
        let is_raised = matches!(outcome, Outcome::Raised | Outcome::Open | Outcome::Shared);
        if is_raised && self.raised.insert((rule, track)) {
            self.uncount(rule, track);
        }
        if outcome != Outcome::NotMet || unmet != 1 {
            return;
        }
        for condition in conditions.iter().filter(|condition| condition.is_short()) {
            let Some(short) = condition.shortfall() else { continue };
            let key = (rule, track, condition.name);
            let before = match self.nearest.get_mut(&key) {
                Some(known) if short < known.1 => Some(std::mem::replace(known, (*condition, short)).1),
                Some(_) => continue,
                None => {
                    if self.nearest.len() >= MOST_NEAR_MISSES && !self.forget() {
                        continue;
                    }
                    self.nearest.insert(key, (*condition, short));
                    None
                }
            };
            self.count((rule, condition.name), track, before, short);
        }
    }

    /// Forgets single near misses and keeps their counts. Returns false where only single ones are kept.
    fn forget(&mut self) -> bool {
        if self.counts.is_some() {
            self.nearest.clear();
            self.raised.clear();
        }
        self.counts.is_some()
    }

    /// Counts a near miss, in place of what the same track had counted for before.
    fn count(&mut self, key: (RuleId, &'static str), track: TrackId, before: Option<f64>, short: f64) {
        if self.raised.contains(&(key.0, track)) {
            return;
        }
        let Some(counts) = &mut self.counts else { return };
        let counts = counts.entry(key).or_default();
        if let Some(before) = before {
            counts[part_of(before)] = counts[part_of(before)].saturating_sub(1);
        }
        counts[part_of(short)] += 1;
    }

    /// Takes the near misses of a track out of the counts: the rule has raised an alert about it.
    fn uncount(&mut self, rule: RuleId, track: TrackId) {
        let Some(counts) = &mut self.counts else { return };
        for ((_, _, limit), (_, short)) in self.nearest.range((rule, track, "")..=(rule, track, "\u{7f}")) {
            if let Some(counts) = counts.get_mut(&(rule, *limit)) {
                counts[part_of(*short)] = counts[part_of(*short)].saturating_sub(1);
            }
        }
    }

    /// Returns the counts of a watch by rule and limit.
    pub fn counts(&self) -> impl Iterator<Item = (RuleId, &'static str, Histogram)> {
        self.counts.iter().flatten().map(|(&(rule, limit), counts)| (rule, limit, *counts))
    }

    /// Returns the near misses of tracks about which the rule raised nothing, by rule and track.
    pub fn list(&self) -> Vec<NearMiss> {
        let never =
            self.nearest.iter().filter(|((rule, track, _), _)| !self.raised.contains(&(*rule, *track)));
        let miss = |(&(rule, track, limit), (condition, _)): (
            &(RuleId, TrackId, &'static str),
            &(Condition, f64),
        )| {
            let (value, asked) = condition.value.zip(condition.limit)?;
            let (kind, bound) = (condition.kind?, condition.bound);
            Some(NearMiss { rule, track, limit, kind, bound, value, asked })
        };
        never.filter_map(miss).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::conditions::Check;
    use super::*;

    const RULE: RuleId = RuleId(0);

    fn condition(name: &'static str, value: f64) -> Condition {
        Condition {
            name,
            kind: Some(LimitKind::Speed),
            bound: Bound::AtLeast,
            value: Some(value),
            limit: Some(20.0),
            ..Condition::check(Check::Asked, false)
        }
    }

    /// A track counts once for a limit, where it came nearest, and not at all once an alert was raised about it.
    #[test]
    fn a_watch_counts_each_track_where_it_came_nearest() {
        let mut misses = NearMisses::of_watch();
        let miss = |misses: &mut NearMisses, slot, value| {
            let track = TrackId::new(slot, 0);
            misses.note(RULE, track, Outcome::NotMet, 1, &[condition("min_speed", value)]);
        };
        let counts = |misses: &NearMisses| misses.counts().map(|(_, _, counts)| counts).next();
        assert_eq!(counts(&misses), None);
        miss(&mut misses, 1, 2.0);
        miss(&mut misses, 2, 19.0);
        assert_eq!(counts(&misses), Some([1, 0, 0, 1, 0]));
        miss(&mut misses, 1, 16.0);
        miss(&mut misses, 1, 4.0);
        assert_eq!(counts(&misses), Some([1, 1, 0, 0, 0]), "nearer, and not farther again");
        misses.note(RULE, TrackId::new(2, 0), Outcome::Raised, 0, &[]);
        miss(&mut misses, 2, 19.5);
        assert_eq!(counts(&misses), Some([0, 1, 0, 0, 0]), "it raised an alert");
        for slot in 0..MOST_NEAR_MISSES as u32 + 10 {
            miss(&mut misses, slot + 10, 19.0);
        }
        assert_eq!(counts(&misses).map(|counts| counts[0]), Some(MOST_NEAR_MISSES as u64 + 10));
        assert!(misses.nearest.len() <= MOST_NEAR_MISSES, "{}", misses.nearest.len());
    }
}
