//! Near misses: tracks that raised nothing, though one limit alone kept a rule from it; and how near they came to that limit.

use std::collections::{BTreeMap, BTreeSet};

use super::trace::{Condition, Outcome};
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

/// Near misses of all rules and tracks.
#[derive(Default)]
pub struct NearMisses {
    nearest: BTreeMap<(RuleId, TrackId, &'static str), (Condition, f64)>,
    raised: BTreeSet<(RuleId, TrackId)>,
}

impl NearMisses {
    /// Notes a judgement with the conditions that were compared.
    pub fn note(
        &mut self,
        rule: RuleId,
        track: TrackId,
        outcome: Outcome,
        unmet: u32,
        conditions: &[Condition],
    ) {
        if matches!(outcome, Outcome::Raised | Outcome::Open | Outcome::Shared) {
            self.raised.insert((rule, track));
        }
        if outcome != Outcome::NotMet || unmet != 1 {
            return;
        }
        for condition in conditions.iter().filter(|condition| condition.is_short()) {
            let Some(short) = condition.shortfall() else { continue };
            let key = (rule, track, condition.name);
            if let Some(known) = self.nearest.get_mut(&key) {
                if short < known.1 {
                    *known = (*condition, short);
                }
            } else if self.nearest.len() < MOST_NEAR_MISSES {
                self.nearest.insert(key, (*condition, short));
            }
        }
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
