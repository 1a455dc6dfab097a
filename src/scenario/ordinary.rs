//! Ordinary days: a scenario without the behaviours that deserve an alert, before its own start.

use std::collections::BTreeSet;

use super::Scenario;
use super::file::{Claim, Expect, Vessel};
use super::legs::{Action, Plan};
use super::units::{Moment, Party};
use crate::model::Span;

impl Scenario {
    /// Turns the scenario into the days before its start, with the ordinary life only: the same vessels with the same
    /// habits, without those that deserve an alert and without their partners.
    pub fn ordinary_before(&mut self, days: Span) {
        let end = self.start;
        self.start = end - days;
        self.duration = days;
        let planted: BTreeSet<Party> =
            self.vessels.iter().filter_map(|(vessel, plans)| planted(vessel, plans)).flatten().collect();
        for (vessel, _) in &mut self.vessels {
            if planted.contains(&vessel.party()) {
                // Appears when all is over.
                vessel.from = Some(Moment::At(end + days));
                vessel.daily = None;
                vessel.expect.clear();
                vessel.ais_off.clear();
                vessel.claims.clear();
            }
        }
        self.aircraft.retain(|one| {
            let legs = one.leg.iter().any(|leg| leg.expect.is_some());
            let silent = one.silent.iter().any(|s| s.expect.is_some());
            one.expect.is_empty() && !legs && !silent && !one.squawks.iter().any(|s| s.expect.is_some())
        });
    }
}

/// Returns a vessel that deserves an alert, and its partners in that.
fn planted(vessel: &Vessel, plans: &[Plan]) -> Option<Vec<Party>> {
    let of_claim = |claim: &Claim| claim.expect.clone();
    let mut expects: Vec<Expect> = plans.iter().filter_map(|plan| plan.expect.clone()).collect();
    expects.extend(vessel.expect.iter().map(|expect| expect.get_ref().clone()));
    expects.extend(vessel.ais_off.iter().filter_map(|off| off.expect.clone()));
    expects.extend(vessel.claims.iter().filter_map(of_claim));
    if expects.is_empty() {
        return None;
    }
    let joined = plans.iter().filter_map(|plan| match &plan.action {
        Action::Join(join, _) => join.with.clone(),
        _ => None,
    });
    let mut parties: Vec<Party> = joined.chain([vessel.party()]).collect();
    parties.extend(expects.into_iter().flat_map(|expect| expect.with));
    Some(parties)
}
