//! Rules with one case for each track, which most patterns have.

use serde::Deserialize;

use super::life_cycle::{Behaviour, Case, CasesByTrack, LifeCycle};
use super::states::{States, read_layout_1};
use super::{Deadline, Gate, Watch, World};
use crate::alerts::Handle;
use crate::model::saved::{self, Unreadable};
use crate::model::{EndReason, Reason, Rule, RuleId, Time, TrackId};

/// A rule with one case for each track.
pub struct TrackCases<B: Behaviour> {
    life_cycle: LifeCycle<B>,
    cases: CasesByTrack<B::Memory>,
}

impl<B: Behaviour> TrackCases<B> {
    /// Makes the cases of a rule whose pattern declares `max_silence`.
    pub fn new(rule: &Rule, number: RuleId, behaviour: B) -> TrackCases<B> {
        TrackCases { life_cycle: LifeCycle::new(rule, number, behaviour), cases: States::default() }
    }

    fn take(&mut self, id: TrackId) -> Option<Case<B::Memory>> {
        self.cases.get(id).and_then(Option::take)
    }

    /// Looks at a report of a track. Returns whether there is a case on it from here on.
    fn look(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let life_cycle = &mut self.life_cycle;
        let mut known = self.cases.get(id).and_then(Option::take);
        if let Some(case) = &mut known
            && let Some(reason) = life_cycle.lapses(case, applies, w.now)
        {
            life_cycle.end(id, case, reason, w);
            known = None;
        }
        if known.is_none() && applies {
            known = life_cycle.behaviour.begin(id, w).map(|memory| Case::new(memory, id, w));
        }
        let Some(mut case) = known else {
            self.cases.drop(id);
            return false;
        };
        let goes_on = life_cycle.report(id, &mut case, applies, w);
        if goes_on {
            life_cycle.arm(id, &case, w);
            *self.cases.make(id) = Some(case);
        } else {
            self.cases.drop(id);
        }
        goes_on
    }
}

impl<B: Behaviour> Watch for TrackCases<B> {
    fn gate(&self) -> Gate {
        self.life_cycle.behaviour.gate()
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        self.look(id, applies, w)
    }

    fn heard(&mut self, id: TrackId, w: &mut World<'_>) {
        if self.life_cycle.behaviour.reads_heard(id, w) {
            let rule = self.life_cycle.rule;
            let applies = w.applies(rule, id);
            let holds = self.look(id, applies, w);
            w.engage(rule, id, holds);
        }
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        if let Some(mut case) = self.take(id) {
            self.life_cycle.end(id, &mut case, EndReason::Identified, w);
        }
        self.cases.drop(id);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let mut case = self.take(id)?;
        let next = self.life_cycle.deadline(id, &mut case, deadline.time, w);
        if next.is_some() {
            *self.cases.make(id) = Some(case);
        } else {
            self.cases.drop(id);
            w.engage(self.life_cycle.rule, id, false);
        }
        next
    }

    fn layout(&self) -> u16 {
        B::LAYOUT
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.cases, out);
        self.life_cycle.behaviour.save(out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        let behaviour = &mut self.life_cycle.behaviour;
        if let Some(cases) = behaviour.migrate(version, from)? {
            self.cases = cases;
            return Ok(());
        }
        self.cases = match version {
            1 => read_layout_1(from, |case: Option<CaseBefore<B::Memory>>| case.map(Case::from))?,
            _ => saved::get(from)?,
        };
        behaviour.load(from)
    }
}

/// A case in layout 1, with the time of the track's first report in it.
#[derive(Deserialize)]
struct CaseBefore<M> {
    memory: M,
    since: Time,
    last: Time,
    seen: Time,
    reports: u32,
    #[expect(dead_code, reason = "read to get past it")]
    whose: (u32, Time),
    doubt_until: Time,
    doubted: Option<Reason>,
    raised: Option<Handle>,
}

impl<M> From<CaseBefore<M>> for Case<M> {
    fn from(before: CaseBefore<M>) -> Case<M> {
        let CaseBefore { memory, since, last, seen, reports, doubt_until, doubted, raised, .. } = before;
        let (now, applies) = (seen, true);
        Case { memory, since, last, seen, reports, doubt_until, doubted, raised, now, applies }
    }
}
