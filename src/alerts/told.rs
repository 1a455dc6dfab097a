//! What other alerts tell already: a further one would add nothing.

use super::{AlertBook, Finding, Open, zone_id};
use crate::model::{RuleId, TrackId};
use crate::picture::Picture;

impl AlertBook {
    /// Returns whether a finding continues an alert that ended.
    pub(super) fn is_resting(&self, picture: &Picture, rule: RuleId, finding: &Finding<'_>) -> bool {
        let mut keys: Vec<String> = finding.subjects.iter().map(|&id| picture.key(id)).collect();
        keys.sort();
        self.resting.has(rule, zone_id(picture, finding), keys, finding)
    }

    /// Returns whether two tracks are in a chain of open alerts of two parties by a rule's pattern, each in one of the rule itself:
    /// an alert about both would add nothing.
    pub(super) fn is_chained(&self, rule: RuleId, ids: &[TrackId]) -> bool {
        let [from, to] = *ids else { return false };
        let pattern = self.rules[rule.index()].pattern;
        let of_pattern = |open: &&Open| self.rules[open.rule.index()].pattern == pattern;
        let pairs: Vec<&Open> =
            self.open.iter().flatten().filter(|open| open.ids.len() == 2).filter(of_pattern).collect();
        let has_own = |id: TrackId| pairs.iter().any(|open| open.rule == rule && open.ids.contains(&id));
        if !has_own(from) || !has_own(to) {
            return false;
        }
        let (mut reached, mut at) = (vec![from], 0);
        while at < reached.len() {
            let one = reached[at];
            for open in pairs.iter().filter(|open| open.ids.contains(&one)) {
                let other = if open.ids[0] == one { open.ids[1] } else { open.ids[0] };
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
            at += 1;
        }
        reached.contains(&to)
    }

    /// Returns whether a track alone has an open alert of a rule's pattern by another rule that is as severe: one more adds
    /// nothing.
    pub fn is_told(&self, rule: RuleId, id: TrackId) -> bool {
        let own = &self.rules[rule.index()];
        self.open.iter().flatten().any(|open| {
            let theirs = &self.rules[open.rule.index()];
            open.ids == [id] && theirs.pattern == own.pattern && theirs.severity >= own.severity
        })
    }

    /// Returns whether a track alone has an open alert of another pattern by a rule that is as severe.
    pub fn is_told_as(&self, rule: RuleId, id: TrackId, pattern: &str) -> bool {
        let severity = self.rules[rule.index()].severity;
        self.is_open_on(id)
            && self.open.iter().flatten().any(|open| {
                let theirs = &self.rules[open.rule.index()];
                open.ids == [id] && theirs.pattern == pattern && theirs.severity >= severity
            })
    }

    /// Returns whether two tracks together have an open alert of a rule's pattern by another rule that is as severe.
    pub fn are_told(&self, rule: RuleId, ids: [TrackId; 2]) -> bool {
        let own = &self.rules[rule.index()];
        ids.iter().all(|&id| self.is_open_on(id))
            && self.open.iter().flatten().any(|open| {
                let theirs = &self.rules[open.rule.index()];
                open.ids.len() == 2
                    && ids.iter().all(|id| open.ids.contains(id))
                    && theirs.pattern == own.pattern
                    && theirs.severity >= own.severity
            })
    }
}
