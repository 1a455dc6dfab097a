//! What could not be judged, by rule and reason: absence of an alert that is not absence of doubt.

use std::collections::BTreeMap;

/// Counts by rule and reason.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    cannot_judge: BTreeMap<(u16, &'static str), u64>,
}

impl Tally {
    /// One more case that a rule could not judge.
    pub fn cannot_judge(&mut self, rule: u16, reason: &'static str) {
        *self.cannot_judge.entry((rule, reason)).or_default() += 1;
    }

    /// All counts, in order of rule and reason.
    pub fn counts(&self) -> impl Iterator<Item = (u16, &'static str, u64)> + '_ {
        self.cannot_judge.iter().map(|(&(rule, reason), &n)| (rule, reason, n))
    }
}
