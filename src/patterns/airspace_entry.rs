//! `airspace-entry`: an aircraft in a zone, between its floor and its ceiling.

use serde::{Deserialize, Serialize};

use super::airborne::{height_words, in_flight};
use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::model::{Certainty, EndReason, LimitKey, Reason, Rule, RuleId, Span, TrackId, Zone, ZoneId};
use crate::picture::Picture;

const DWELL: LimitKey<Span> = LimitKey::duration("dwell", "30 s")
    .at_least()
    .may_be_zero()
    .doc("The aircraft stays inside for at least this long.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "airspace-entry",
    doc: "An aircraft is in one of the rule's zones, between the floor and the ceiling of the zone.",
    caution: "A zone without floor and ceiling reaches from the surface up without end. Heights are pressure altitudes: near a floor or a ceiling they may be wrong by some hundred feet. Without a height the rule cannot judge a zone that has a floor or a ceiling.",
    limits: &[DWELL.limit, limits::MAX_SILENCE.with_default("5 min").limit],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Entries::new(rule, number))),
};

struct Entries {
    rule: RuleId,
    dwell: Span,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    zone: ZoneId,
    /// Its height there, if it told one.
    altitude_ft: Option<f64>,
}

impl Entries {
    fn new(rule: &Rule, number: RuleId) -> Entries {
        Entries { rule: number, dwell: rule.limits.get(DWELL) }
    }

    /// The first of the rule's zones that it is in, or may be in where its height is not known.
    fn entry(&self, id: TrackId, w: &World<'_>) -> Option<Entry> {
        let altitude_ft = in_flight(w.picture, id, w.now)?.altitude_ft(w.now);
        let zones = w.picture.zones.of_set(w.picture.track(id).zones);
        let all = w.picture.zones.all();
        let inside =
            |zone: &ZoneId| w.scope.selects(self.rule, *zone) && holds(&all[zone.index()], altitude_ft);
        zones.iter().copied().find(inside).map(|zone| Entry { zone, altitude_ft })
    }
}

/// Whether a height is in a zone; where none is known, it may be.
fn holds(zone: &Zone, altitude_ft: Option<f64>) -> bool {
    let within = |ft: f64| {
        zone.floor_ft.is_none_or(|floor| ft >= floor) && zone.ceiling_ft.is_none_or(|ceiling| ft <= ceiling)
    };
    altitude_ft.is_none_or(within)
}

impl Behaviour for Entries {
    type Memory = Entry;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn update_base(&self) -> Span {
        self.dwell.max(Span::from_secs(600))
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Entry> {
        let entry = self.entry(id, w);
        w.conditions().holds(Check::Inside, || entry.is_some());
        entry
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Entry>, w: &World<'_>) -> Verdict {
        match self.entry(id, w) {
            Some(entry) => {
                case.memory.altitude_ft = entry.altitude_ft.or(case.memory.altitude_ft);
                let mut c = w.conditions();
                c.at_least(DWELL, self.dwell, || w.now - case.since);
                if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
            }
            None if w.now - case.last >= self.dwell => Verdict::Ended(EndReason::Left),
            None => Verdict::Paused,
        }
    }

    fn doubt(&self, _id: TrackId, case: &Case<Entry>, w: &World<'_>) -> Option<Reason> {
        let zone = &w.picture.zones.all()[case.memory.zone.index()];
        let bounded = zone.floor_ft.is_some() || zone.ceiling_ft.is_some();
        (bounded && case.memory.altitude_ft.is_none()).then_some(Reason::NoHeight)
    }

    fn statement(&self, id: TrackId, case: &Case<Entry>, picture: &Picture) -> Statement {
        let zone = &picture.zones.all()[case.memory.zone.index()];
        let bounds = match (zone.floor_ft, zone.ceiling_ft) {
            (Some(floor), Some(ceiling)) => format!(" ({floor:.0} to {ceiling:.0} ft)"),
            (None, Some(ceiling)) => format!(" (up to {ceiling:.0} ft)"),
            (Some(floor), None) => format!(" (from {floor:.0} ft up)"),
            (None, None) => String::new(),
        };
        let height = height_words(case.memory.altitude_ft);
        Statement {
            position: picture.track(id).fix.position,
            certainty: Certainty::Observed,
            measured: vec![DWELL.measured(case.lasted())],
            not_judged: Vec::new(),
            deed: format!("has been in {}{bounds} for {}{height}", zone.name, case.lasted().words()),
        }
    }
}
