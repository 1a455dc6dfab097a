//! What other alerts tell already: a further one would add nothing.

use super::{AlertBook, Finding, Open, zone_id};
use crate::model::{Attention, RuleId, Severity, Time, TrackId};
use crate::normalcy::Behaviour;
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

    /// Returns whether a track alone has an alert of a pattern by another rule that is as severe as a rule: one more adds nothing. The
    /// alert is open. One that ended within the hour and may go on stands for what is moderate or less.
    pub fn is_told(&self, rule: RuleId, id: TrackId, pattern: &str, now: Time) -> bool {
        let severity = self.rules[rule.index()].severity;
        let is_of = |open: &Open| {
            open.ids == [id] && open.rule != rule && self.rules[open.rule.index()].pattern == pattern
        };
        let is_open =
            self.open_on(id).any(|(at, open)| is_of(open) && self.severity_of(at, open.rule) >= severity);
        let ended = |open: &Open| is_of(open) && self.rules[open.rule.index()].severity >= severity;
        is_open || severity <= Severity::Moderate && self.resting.lately(now).any(ended)
    }

    /// Returns whether a finding is about how one craft without AIS runs, and an open alert about its run alone that is at least as
    /// severe interrupts already.
    pub(super) fn interrupts_already(&self, picture: &Picture, rule: RuleId, ids: &[TrackId]) -> bool {
        let [id] = *ids else { return false };
        let severity = self.rules[rule.index()].severity;
        let is_of_run = |rule: RuleId| {
            Behaviour::of_pattern(self.rules[rule.index()].pattern).is_some_and(Behaviour::is_run)
        };
        let interrupts = |at: u32| {
            self.standings.get(&at).is_some_and(|standing| standing.attention() == Attention::Interrupt)
        };
        let mut about_it = self.open_on(id).filter(|(_, open)| open.ids == ids);
        let stands = |(at, open): (u32, &Open)| {
            is_of_run(open.rule) && interrupts(at) && self.severity_of(at, open.rule) >= severity
        };
        !picture.track(id).on_ais() && is_of_run(rule) && about_it.any(stands)
    }

    /// Returns the open alerts that a track is a party of, with their places.
    fn open_on(&self, id: TrackId) -> impl Iterator<Item = (u32, &Open)> {
        let all = self.is_open_on(id).then(|| (0..).zip(&self.open)).into_iter().flatten();
        all.filter_map(|(at, open)| Some((at, open.as_ref()?)))
            .filter(move |(_, open)| open.ids.contains(&id))
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
