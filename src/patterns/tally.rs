//! Counts of what a rule could not judge, by reason.

use std::collections::BTreeMap;

use crate::model::{Reason, RuleId};

/// Counts by rule and reason.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    cannot_judge: BTreeMap<(RuleId, Reason), u64>,
}

impl Tally {
    /// Counts one more case that a rule could not judge.
    pub fn cannot_judge(&mut self, rule: RuleId, reason: Reason) {
        *self.cannot_judge.entry((rule, reason)).or_default() += 1;
    }

    /// Returns all counts, in the order of rules and reasons.
    pub fn counts(&self) -> impl Iterator<Item = (RuleId, Reason, u64)> + '_ {
        self.cannot_judge.iter().map(|(&(rule, reason), &n)| (rule, reason, n))
    }

    /// Returns all counts, to be saved.
    pub fn saved(&self) -> Vec<(RuleId, String, u64)> {
        self.counts().map(|(rule, reason, n)| (rule, reason.word().to_owned(), n)).collect()
    }

    /// Takes up saved counts under the rules' new numbers. Rules and reasons that no longer exist are left out.
    pub fn restored(saved: &[(RuleId, String, u64)], renumbered: impl Fn(RuleId) -> Option<RuleId>) -> Tally {
        let kept = saved
            .iter()
            .filter_map(|(rule, reason, n)| Some(((renumbered(*rule)?, Reason::of_word(reason)?), *n)));
        Tally { cannot_judge: kept.collect() }
    }
}
