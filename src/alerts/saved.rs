//! The alert book as saved state, read by a book of the same rules or of others.

use super::incidents::Incidents;
use super::usual;
use super::{AlertBook, Elapsed, Finding, Handle, Label, Resumes};
use crate::model::saved::{SavedState, StateWriter, Unreadable};
use crate::model::{Certainty, EndReason, Output, RuleId, Time};
use crate::picture::Picture;

impl AlertBook {
    /// Writes open alerts, silences, and the labels of the rules.
    pub fn save(&self, out: &mut StateWriter) {
        out.part("rules", 1, &self.labels);
        out.part("alerts", 1, &(&self.open, &self.free, &self.silences, self.acknowledged));
        out.part("normalcy", 3, &(&self.normalcy, &self.standings, &self.shown));
        out.part("resting", 1, &self.resting);
        out.part("incidents", 1, &self.incidents);
        // Alerts of builds without versions have none.
        if self.versions.knows_any(self.going_on()) {
            out.part("versions", 1, &self.versions.saved());
        }
        if !self.floods.is_empty() {
            out.part("floods", 1, &self.floods);
        }
    }

    /// Restores what was saved. The rules' labels are as they were then, until [`AlertBook::renumber_rules`].
    ///
    /// # Errors
    /// A part is absent, of an unknown version, or damaged.
    pub fn load(&mut self, saved: &mut SavedState<'_>) -> Result<(), Unreadable> {
        self.labels = saved.read("rules", 1)?;
        (self.open, self.free, self.silences, self.acknowledged) = saved.read("alerts", 1)?;
        // State from before alerts went on after a pause has no such part.
        self.resting = saved.optional("resting", 1)?.unwrap_or_default();
        self.count_parties();
        // State from before there were floods has no such part, and so has that of a calm watch.
        self.floods = saved.optional("floods", 1)?.unwrap_or_default();
        self.load_incidents(saved);
        self.load_normalcy(saved);
        self.load_versions(saved);
        let known = |rule: RuleId| rule.index() < self.labels.len();
        let whole = self.open.iter().flatten().all(|open| known(open.rule));
        if whole { Ok(()) } else { Err(Unreadable::Part("alerts".to_owned())) }
    }

    /// Restores incidents. State from before incidents were a part has them in the alerts that are open or may go on.
    fn load_incidents(&mut self, saved: &mut SavedState<'_>) {
        let read = saved.optional("incidents", 1);
        self.incidents = match saved.rebuild("incidents", read) {
            Some(incidents) => incidents,
            None => Incidents::of_alerts(self.open.iter().flatten()),
        };
        self.incidents.restore();
    }

    /// Restores the versions under which the alerts that go on were raised. State from before versions has none.
    fn load_versions(&mut self, saved: &mut SavedState<'_>) {
        let read = saved.rebuild("versions", saved.optional("versions", 1));
        let mut versions = std::mem::take(&mut self.versions);
        versions.restore(read, self.going_on());
        self.versions = versions;
    }

    /// Returns the ids of the alerts that are open or may go on.
    fn going_on(&self) -> impl Iterator<Item = &str> {
        let open = self.open.iter().flatten().map(|open| open.id.as_str());
        open.chain(self.resting.ids()).chain(self.floods.ids())
    }

    /// Restores the model of what is usual, and merges into it what the configuration gives: to merge the same twice changes
    /// nothing. State from before there was a model has none. Layout 1 had a hash of the model that the configuration gave;
    /// layouts 1 and 2 knew no alert that is told as moderate.
    fn load_normalcy(&mut self, saved: &mut SavedState<'_>) {
        let read = match saved.part("normalcy").map(|part| part.version) {
            Ok(1) => saved.optional::<(_, u64, _, _)>("normalcy", 1).map(|before| {
                before.map(|(learnt, _, standings, shown)| (learnt, usual::earlier(standings), shown))
            }),
            Ok(2) => saved.optional::<(_, _, _)>("normalcy", 2).map(|before| {
                before.map(|(learnt, standings, shown)| (learnt, usual::earlier(standings), shown))
            }),
            _ => saved.optional("normalcy", 3),
        };
        let Some((learnt, standings, shown)) = saved.rebuild("normalcy", read) else { return };
        let of_configuration = std::mem::replace(&mut self.normalcy, learnt);
        self.normalcy.merge(&of_configuration);
        (self.standings, self.shown) = (standings, shown);
    }

    /// Drops the open alerts of a rule (its number in the labels) without an event: nothing is known of them any more.
    pub fn forget(&mut self, rule: RuleId) {
        for (at, place) in self.open.iter_mut().enumerate() {
            if let Some(open) = place.take_if(|open| open.rule == rule) {
                self.incidents.forget(&open.id);
                self.free.push(at as u32);
                self.standings.remove(&(at as u32));
                self.floods.note_over(at as u32, rule);
            }
        }
        self.resting.forget(rule);
        self.floods.forget(rule);
        self.count_parties();
    }

    /// Returns the descriptions of the rules as they were when the alerts were saved.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Gives rules new numbers. The alerts of rules without one end: their rule was changed or is no more.
    pub fn renumber_rules(
        &mut self,
        picture: &Picture,
        now: Time,
        renumbered: impl Fn(RuleId) -> Option<RuleId>,
        out: &mut Vec<Output>,
    ) {
        // These were given by the rules that were: no limit of theirs is measured any more.
        let rules = std::mem::take(&mut self.rules);
        for at in 0..self.open.len() as u32 {
            let Some(open) = &self.open[at as usize] else { continue };
            if renumbered(open.rule).is_some() {
                continue;
            }
            let subjects = open.ids.clone();
            let fix = picture.track(subjects[0]).fix;
            let finding = Finding {
                subjects: &subjects,
                zone: None,
                onset: open.onset,
                time: now.max(open.last_event),
                last: open.last_event,
                position: fix.position,
                certainty: Certainty::Observed,
                length: Elapsed::default(),
                reports: 1,
                measured: Vec::new(),
                not_judged: Vec::new(),
                deed: "was the subject of a rule that has been changed".to_owned(),
                resumes: Resumes::NEVER,
                was_held: false,
            };
            self.end(picture, Handle(at), EndReason::RuleChanged, &finding, out);
        }
        self.renumber_floods(picture, now, &renumbered, out);
        self.resting.renumber(&renumbered);
        for open in self.open.iter_mut().flatten() {
            open.rule = renumbered(open.rule).unwrap_or(open.rule);
        }
        self.labels = rules.iter().map(Label::of).collect();
        self.rules = rules;
    }
}
