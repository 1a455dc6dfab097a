//! `zone`: a vessel entered or left a zone, and held past the dwell.

use serde::{Deserialize, Serialize};

use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, LifeCycle, Statement, Verdict};
use super::states::{States, read_layout_1};
use super::{Deadline, Gate, Pattern, Watch, World, limits};
use crate::alerts::Handle;
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Rule, RuleId, Span, Time, TrackId, Words, ZoneId,
};
use crate::picture::Picture;

const DWELL: LimitKey<Span> = LimitKey::duration("dwell", "60 s")
    .at_least()
    .may_be_zero()
    .doc("The vessel stays on the new side for at least this long.");
const MARGIN: LimitKey<Length> = LimitKey::metres("margin", "100 m")
    .may_be_zero()
    .doc("A vessel inside has left the zone only beyond this distance from the edge.");
const ON: LimitKey<Words> =
    LimitKey::some_of("on", &["entry", "exit"], "entry").doc("Crossings that raise an alert.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("30 min")
    .doc("A vessel that is not heard for this long is no longer held to be inside.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "zone",
    doc: "A vessel entered (or left) a zone and stayed on that side for longer than the dwell.",
    caution: "Jitter on the edge raises nothing. A vessel is inside when it was once deeper inside than the margin, or when all its positions were inside for ten dwells. A vessel has left when it is farther outside than the margin.",
    limits: &[DWELL.limit, MARGIN.limit, ON.limit, MAX_SILENCE.limit],
    needs: &[],
    watch: |rule, number| Box::new(ZoneWatch::new(rule, number)),
};

/// Number of dwells without a position outside after which a vessel that was never clear of the edge by the margin is
/// believed inside: a receiver's jitter does not keep to one side for that long.
const SURE_DWELLS: i64 = 10;

/// A rule's stays in zones, by vessel. All stays of a vessel share its deadline.
struct ZoneWatch {
    life_cycle: LifeCycle<Crossing>,
    stays: States<Vec<Case<Stay>>>,
}

/// The behaviour: entering and leaving a zone.
struct Crossing {
    dwell: Span,
    margin_m: f64,
    entry: bool,
    exit: bool,
}

/// Memory of a vessel's stay in one zone.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Stay {
    zone: ZoneId,
    /// Whether the vessel was first heard inside: nobody saw it enter.
    appeared: bool,
    /// Whether the vessel was deeper inside than the margin.
    deep: bool,
    /// Whether the vessel is believed inside: past the dwell, and clear of the edge or there for long enough.
    entered: bool,
    /// Time of the first report beyond the margin since the last inside.
    out_since: Option<Time>,
    /// Time of entry, in the case of an exit.
    left_after: Option<Time>,
}

impl ZoneWatch {
    fn new(rule: &Rule, number: RuleId) -> ZoneWatch {
        let crossing = Crossing {
            dwell: rule.limits.get(DWELL),
            margin_m: rule.limits.get(MARGIN).m(),
            entry: rule.limits.get(ON).has("entry"),
            exit: rule.limits.get(ON).has("exit"),
        };
        ZoneWatch { life_cycle: LifeCycle::new(rule, number, crossing), stays: States::default() }
    }

    /// Begins a stay in each zone of the rule that the vessel is in and has none in.
    fn begin(&self, id: TrackId, stays: &mut Vec<Case<Stay>>, w: &World<'_>) {
        let track = w.picture.track(id);
        for &zone in w.picture.zones.of_set(track.zones) {
            if w.scope.selects(self.life_cycle.rule, zone) && !stays.iter().any(|s| s.memory.zone == zone) {
                let appeared = track.reports == 1;
                let (deep, entered, out_since, left_after) = (false, false, None, None);
                let stay = Stay { zone, appeared, deep, entered, out_since, left_after };
                stays.push(Case::new(stay, id, w));
            }
        }
    }

    /// Raises and at once ends the alert about the exit after a stay.
    fn state_exit(&mut self, id: TrackId, stay: &Case<Stay>, w: &mut World<'_>) {
        let Some(left) = stay.memory.out_since else { return };
        let memory = Stay { left_after: Some(stay.since), ..stay.memory };
        if let Some(tracer) = w.tracer {
            tracer.excuse_scope();
        }
        let mut exit = Case { memory, since: left, last: left, raised: None, ..stay.clone() };
        self.life_cycle.raise(id, &mut exit, w);
        self.life_cycle.end(id, &mut exit, EndReason::Left, w);
    }

    /// Ends all stays of a vessel.
    fn end_all(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        let Some(stays) = self.stays.get(id) else { return };
        let mut stays = std::mem::take(stays);
        for stay in &mut stays {
            self.life_cycle.end(id, stay, reason, w);
        }
        stays.clear();
        *self.stays.make(id) = stays;
        self.stays.drop(id);
    }
}

impl Behaviour for Crossing {
    type Memory = Stay;

    const OUTLASTS_SCOPE: bool = true;
    const GOES_ON_LATE: bool = true;

    fn assess(&mut self, id: TrackId, stay: &mut Case<Stay>, w: &World<'_>) -> Verdict {
        let (fix, zones) = (w.picture.track(id).fix, &w.picture.zones);
        let zone = stay.memory.zone;
        let is_beyond_margin = || zones.to_edge_m(zone, fix.position, self.margin_m).is_none();
        if zones.of_set(w.picture.track(id).zones).contains(&zone) {
            stay.memory.out_since = None;
            if stay.memory.entered {
                return Verdict::Continues;
            }
            let (is_deep, held) = (stay.memory.deep || is_beyond_margin(), w.now - stay.since);
            stay.memory.deep = is_deep;
            let mut c = w.conditions();
            c.at_least(DWELL, self.dwell, || held);
            c.any_of(|any| {
                any.is(MARGIN, || is_deep);
                any.holds(Check::LongInside, || held.0 >= SURE_DWELLS * self.dwell.0);
            });
            stay.memory.entered = c.are_met();
            c.is(ON, || self.entry);
            return if c.decide() { Verdict::Fulfilled } else { Verdict::Continues };
        }
        if !stay.memory.entered {
            return Verdict::Ended(EndReason::Left);
        }
        if !is_beyond_margin() {
            return Verdict::Waiting;
        }
        let out_since = *stay.memory.out_since.get_or_insert(w.now);
        let mut c = w.conditions();
        c.at_least(DWELL, self.dwell, || w.now - out_since);
        if self.exit && !c.are_met() {
            return Verdict::Waiting;
        }
        Verdict::Ended(EndReason::Left)
    }

    fn zone(&self, stay: &Stay) -> Option<ZoneId> {
        Some(stay.zone)
    }

    fn lasted(&self, stay: &Case<Stay>) -> Span {
        stay.now - stay.since
    }

    fn update_base(&self) -> Span {
        self.dwell.max(Span::from_secs(1))
    }

    fn statement(&self, id: TrackId, stay: &Case<Stay>, picture: &Picture) -> Statement {
        let name = &picture.zones.all()[stay.memory.zone.index()].name;
        let held = self.lasted(stay);
        let deed = match stay.memory.left_after {
            None if stay.memory.appeared => {
                format!("was first heard inside {name} and has been there for {}", held.words())
            }
            None => format!("has entered {name} and been there for {}", held.words()),
            Some(entered) => format!("has left {name} after {}", (stay.since - entered).words()),
        };
        Statement {
            position: picture.track(id).fix.position,
            certainty: Certainty::Observed,
            measured: vec![DWELL.measured(held)],
            not_judged: Vec::new(),
            deed,
        }
    }
}

impl Watch for ZoneWatch {
    fn gate(&self) -> Gate {
        Gate::Always
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        if !w.picture.track(id).is_vessel() {
            self.end_all(id, EndReason::Identified, w);
            return false;
        }
        let mut stays = std::mem::take(self.stays.make(id));
        if applies {
            self.begin(id, &mut stays, w);
        }
        stays.retain_mut(|stay| {
            let goes_on = self.life_cycle.report(id, stay, applies, w);
            if !goes_on && stay.memory.entered && self.life_cycle.behaviour.exit {
                self.state_exit(id, stay, w);
            }
            goes_on
        });
        let first = stays.first().cloned();
        *self.stays.make(id) = stays;
        let Some(stay) = first else {
            self.stays.drop(id);
            return false;
        };
        self.life_cycle.arm(id, &stay, w);
        true
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end_all(id, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let looks_at = self.life_cycle.looks_at(self.stays.get(id)?.first()?);
        if looks_at > deadline.time {
            return Some(looks_at);
        }
        self.end_all(id, EndReason::Lost, w);
        w.engage(self.life_cycle.rule, id, false);
        None
    }

    fn layout(&self) -> u16 {
        3
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.stays, out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.stays = match version {
            1 => read_layout_1(from, VesselBefore::renewed)?,
            2 => saved::get::<States<VesselBefore>>(from)?.map(VesselBefore::renewed),
            _ => saved::get(from)?,
        };
        Ok(())
    }
}

/// Stays of a vessel in layouts 1 and 2.
#[derive(Default, Deserialize)]
struct VesselBefore {
    stays: Vec<StayBefore>,
    last_report: Time,
}

#[derive(Deserialize)]
struct StayBefore {
    zone: ZoneId,
    since: Time,
    reports: u32,
    appeared: bool,
    deep: bool,
    entered: bool,
    last_inside: Time,
    out_since: Option<Time>,
    raised: Option<Handle>,
}

impl VesselBefore {
    fn renewed(self) -> Vec<Case<Stay>> {
        let seen = self.last_report;
        let renew = |before: StayBefore| {
            let StayBefore { zone, since, reports, appeared, deep, entered, out_since, .. } = before;
            Case {
                memory: Stay { zone, appeared, deep, entered, out_since, left_after: None },
                since,
                last: before.last_inside,
                seen,
                reports: reports.saturating_sub(1),
                doubt_until: Time::NEVER,
                doubted: None,
                raised: before.raised,
                now: seen,
                applies: true,
            }
        };
        self.stays.into_iter().map(renew).collect()
    }
}
