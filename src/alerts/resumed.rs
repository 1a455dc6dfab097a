//! Alerts that go on: a behaviour that paused and is seen again is the same alert, updated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Finding, Open};
use crate::geodesy;
use crate::model::{EndReason, Position, RuleId, Span, Time};

/// When a behaviour that ended and is seen again is still the same one.
#[derive(Clone, Copy, Debug)]
pub struct Resumes {
    /// Longest time from the end to the next onset. Zero: each occurrence is an alert of its own.
    pub within: Span,
    /// Greatest distance from the place of the end, metres.
    pub reach_m: f64,
}

impl Resumes {
    /// An occurrence is never the continuation of an earlier one.
    pub const NEVER: Resumes = Resumes { within: Span(0), reach_m: 0.0 };
    /// An hour, wherever the track has gone.
    pub const WITHIN_AN_HOUR: Resumes = Resumes { within: Span::from_secs(3600), reach_m: f64::INFINITY };
    /// Six hours, wherever the track has gone.
    pub const WITHIN_SIX_HOURS: Resumes =
        Resumes { within: Span::from_secs(6 * 3600), reach_m: f64::INFINITY };
    /// Six hours, within six nautical miles: half a watch on one ground.
    pub const ON_THE_GROUND: Resumes =
        Resumes { within: Span::from_secs(6 * 3600), reach_m: 6.0 * geodesy::NM_M };
}

/// Time after its end in which an alert stands for those of other rules, if it may go on for so long.
const LATELY: Span = Span::from_secs(3600);

/// Number of ended alerts above which those whose time is over are removed.
const PRUNED_ABOVE: usize = 64;

/// What makes a behaviour the same: the rule, the id of the zone (empty but for pattern `zone`), and the parties' keys.
type Key = (RuleId, String, Vec<String>);

/// Ended alerts that may go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Resting {
    ended: BTreeMap<Key, Rested>,
    pruned_to: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Rested {
    open: Open,
    /// Time of the last report that fulfilled the rule.
    last: Time,
    at: Position,
    until: Time,
}

impl Rested {
    /// Returns whether a finding about the same parties is of the same behaviour.
    fn goes_on(&self, f: &Finding<'_>) -> bool {
        f.onset <= self.until && geodesy::distance_m(self.at, f.position) <= f.resumes.reach_m
    }
}

impl Resting {
    /// Returns the ids of the alerts that may go on.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ended.values().map(|rested| rested.open.id.as_str())
    }

    /// Returns the alerts that ended lately and may go on.
    pub fn lately(&self, now: Time) -> impl Iterator<Item = &Open> {
        let lately = move |rested: &&Rested| now <= rested.until.min(rested.last + LATELY);
        self.ended.values().filter(lately).map(|rested| &rested.open)
    }

    /// Keeps an alert that ended, where its behaviour may go on.
    pub fn keep(&mut self, mut open: Open, zone: &str, reason: EndReason, f: &Finding<'_>) {
        let over = matches!(reason, EndReason::Identified | EndReason::RuleChanged);
        if over || open.mute || f.resumes.within <= Span(0) {
            return;
        }
        if self.ended.len() >= PRUNED_ABOVE.max(2 * self.pruned_to) {
            self.ended.retain(|_, rested| rested.until >= f.time);
            self.pruned_to = self.ended.len();
        }
        let key = (open.rule, zone.to_owned(), std::mem::take(&mut open.keys));
        let until = f.last + f.resumes.within;
        self.ended.insert(key, Rested { open, last: f.last, at: f.position, until });
    }

    /// Takes the alert that a finding continues, and the time for which its behaviour was not seen.
    pub fn take(
        &mut self,
        rule: RuleId,
        zone: &str,
        keys: &[String],
        f: &Finding<'_>,
    ) -> Option<(Open, Span)> {
        let key = (rule, zone.to_owned(), keys.to_vec());
        self.ended.get(&key).filter(|rested| rested.goes_on(f))?;
        let Rested { open, last, .. } = self.ended.remove(&key)?;
        Some((open, f.onset - last))
    }

    /// Returns whether a finding continues an alert.
    pub fn has(&self, rule: RuleId, zone: &str, keys: Vec<String>, f: &Finding<'_>) -> bool {
        self.ended.get(&(rule, zone.to_owned(), keys)).is_some_and(|rested| rested.goes_on(f))
    }

    /// Drops what rests of a rule.
    pub fn forget(&mut self, rule: RuleId) {
        self.ended.retain(|(of, ..), _| *of != rule);
    }

    /// Gives rules new numbers; what rests of rules without one is dropped.
    pub fn renumber(&mut self, renumbered: impl Fn(RuleId) -> Option<RuleId>) {
        let ended = std::mem::take(&mut self.ended);
        self.ended = ended
            .into_iter()
            .filter_map(|((rule, zone, keys), mut rested)| {
                rested.open.rule = renumbered(rule)?;
                Some(((rested.open.rule, zone, keys), rested))
            })
            .collect();
    }
}
