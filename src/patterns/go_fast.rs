//! `go-fast`: a small craft at high speed, toward a shore or along one.

use serde::{Deserialize, Serialize};

use super::clutter_test::{is_unsure, reason_for_doubt};
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, World, limits};
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Position, Reason, Rule, Span, Speed, Time, TrackId,
};
use crate::picture::Picture;

const MIN_SPEED: LimitKey<Speed> =
    LimitKey::speed("min_speed", "25 kn").at_least().may_be_zero().doc("The craft is at least this fast.");
const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "2 min")
    .at_least()
    .doc("The craft keeps the speed for at least this long.");
const MIN_INBOUND: LimitKey<Length> = LimitKey::nautical_miles("min_inbound", "1 nm").at_least().doc(
    "The craft has come nearer to a coast by this since the run began. A rule needs this or near_coast.",
);
const NEAR_COAST: LimitKey<Option<Length>> = LimitKey::nautical_miles("near_coast", "none")
    .at_most()
    .or_none()
    .doc("The craft is within this distance of a coast. A rule needs this or min_inbound.");
const FROM_COAST: LimitKey<Option<Length>> = LimitKey::nautical_miles("from_coast", "none")
    .at_least()
    .or_none()
    .doc("The run began at least this far from every coast.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("4")
    .doc("This many echoes within 2 nm that move alike are weather, and are not judged.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "go-fast",
    doc: "A craft keeps a high speed for minutes, toward a shore or along one.",
    caution: "The distance that the craft has covered must agree with the speed that it reports. Echoes that jump, that keep station on a ship as radar ghosts do, or that run with others (a squall) are not judged. Ferries and water taxis are as fast: put them on the centre's list. A vessel that claims to be longer than rule.who.max_length is judged all the same, unless radars see one so long: the alert then tells the length that she claims.",
    limits: &[
        MIN_SPEED.limit,
        MIN_DURATION.limit,
        MIN_INBOUND.limit,
        NEAR_COAST.limit,
        FROM_COAST.limit,
        TIME_OF_DAY.limit,
        MAX_COMPANY.limit,
        limits::MAX_SILENCE.with_default("5 min").limit,
    ],
    needs: &[],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, GoFast::new(rule))),
};

/// The way made good, as a share of that at the lowest speed: turns cost some, a false speed all.
const RUN_MADE_GOOD: f64 = 0.75;

struct GoFast {
    min_speed_kn: f64,
    min_duration: Span,
    min_inbound_m: f64,
    near_coast_m: f64,
    begins_m: f64,
    time_of_day: TimeOfDay,
    max_company: usize,
}

#[derive(Clone, Serialize, Deserialize)]
struct Run {
    from: Position,
    from_coast_m: f64,
    top_kn: f64,
}

impl GoFast {
    fn new(rule: &Rule) -> GoFast {
        let limits = &rule.limits;
        GoFast {
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            min_duration: limits.get(MIN_DURATION),
            min_inbound_m: limits.get(MIN_INBOUND).m(),
            near_coast_m: limits.get(NEAR_COAST).map_or(0.0, Length::m),
            begins_m: limits.get(FROM_COAST).map_or(0.0, Length::m),
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.get(MAX_COMPANY),
        }
    }

    /// Compares a run that has lasted with one toward a shore or along it.
    fn compare_run(&self, run: &Run, since: Time, at: Position, w: &World<'_>, c: &mut Conditions<'_>) {
        c.holds(Check::MadeGood, || {
            let made_good = geodesy::distance_m(run.from, at);
            made_good >= RUN_MADE_GOOD * self.min_speed_kn * KN_MS * (w.now - since).secs()
        });
        c.any_of(|any| {
            let to_coast = w.picture.zones.off_coast_m(at);
            let inbound = || Length::from_m(run.from_coast_m - to_coast);
            any.at_least(MIN_INBOUND, Length::from_m(self.min_inbound_m), inbound);
            any.at_most(NEAR_COAST, Length::from_m(self.near_coast_m), || Length::from_m(to_coast));
        });
        if self.begins_m > 0.0 {
            c.at_least(FROM_COAST, Length::from_m(self.begins_m), || Length::from_m(run.from_coast_m));
        }
        c.is(TIME_OF_DAY, || self.time_of_day.is_it(at, w.now));
    }
}

impl Behaviour for GoFast {
    type Memory = Run;

    fn gate(&self) -> Gate {
        Gate::Fast(libm::ceil(self.min_speed_kn * 10.0) as u16)
    }

    fn update_base(&self) -> Span {
        self.min_duration
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Run> {
        let track = w.picture.track(id);
        let speed_kn = track.speed_kn()?;
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || track.is_vessel());
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), || Speed::from_kn(speed_kn));
        if !c.are_met() {
            return None;
        }
        let from = track.fix.position;
        let from_coast_m = w.picture.zones.off_coast_m(from);
        Some(Run { from, from_coast_m, top_kn: speed_kn })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Run>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            return Verdict::Ended(EndReason::Identified);
        }
        let speed_kn = track.speed_kn().unwrap_or(0.0);
        let mut c = w.conditions();
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), || Speed::from_kn(speed_kn));
        if !c.are_met() {
            let over = w.now - case.last > limits::SLOW_FOR;
            return if over { Verdict::Ended(EndReason::Moved) } else { Verdict::Paused };
        }
        case.memory.top_kn = case.memory.top_kn.max(speed_kn);
        c.at_least(MIN_DURATION, self.min_duration, || w.now - case.since);
        c.holds(Check::SteadySpeed, || !is_unsure(w.picture, id));
        self.compare_run(&case.memory, case.since, track.fix.position, w, &mut c);
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, _held: &Case<Run>, w: &World<'_>) -> Option<Reason> {
        reason_for_doubt(w, id, self.max_company)
    }

    fn statement(&self, id: TrackId, case: &Case<Run>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let (run, lasted) = (&case.memory, case.lasted());
        let to_coast = picture.zones.off_coast_m(track.fix.position);
        let nearer = Length::from_m(run.from_coast_m - to_coast);
        let nearer_nm = nearer.nm();
        let way = match track.fix.cog_deg() {
            Some(cog) => format!(" on course {cog:03.0}°"),
            None => String::new(),
        };
        let shore = if nearer_nm >= 0.1 {
            format!(", closing the coast by {nearer_nm:.1} miles")
        } else {
            format!(", {:.1} miles from the coast", to_coast / NM_M)
        };
        Statement {
            position: track.fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                MIN_SPEED.measured(Speed::from_kn(run.top_kn)),
                MIN_DURATION.measured(lasted),
                MIN_INBOUND.measured(nearer),
                NEAR_COAST.measured(Length::from_m(to_coast)),
            ],
            not_judged: Vec::new(),
            deed: format!("has run at up to {:.0} kn for {}{way}{shore}", run.top_kn, lasted.words()),
        }
    }
}
