//! What could not be judged, by rule and reason: absence of an alert that is not absence of doubt.

use std::collections::BTreeMap;

use crate::model::RuleId;
use crate::model::word::word;

/// Counts by rule and reason.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    cannot_judge: BTreeMap<(RuleId, &'static str), u64>,
}

impl Tally {
    /// One more case that a rule could not judge.
    pub fn cannot_judge(&mut self, rule: RuleId, reason: &'static str) {
        *self.cannot_judge.entry((rule, reason)).or_default() += 1;
    }

    /// All counts, in order of rule and reason.
    pub fn counts(&self) -> impl Iterator<Item = (RuleId, &'static str, u64)> + '_ {
        self.cannot_judge.iter().map(|(&(rule, reason), &n)| (rule, reason, n))
    }

    /// All counts, to be saved.
    pub fn saved(&self) -> Vec<(RuleId, String, u64)> {
        self.counts().map(|(rule, reason, n)| (rule, reason.to_owned(), n)).collect()
    }

    /// Of saved counts, with each rule's new number; rules that are no more are left out.
    pub fn restored(saved: &[(RuleId, String, u64)], renumbered: impl Fn(RuleId) -> Option<RuleId>) -> Tally {
        let kept =
            saved.iter().filter_map(|(rule, reason, n)| Some(((renumbered(*rule)?, word(reason)), *n)));
        Tally { cannot_judge: kept.collect() }
    }
}
