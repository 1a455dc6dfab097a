//! `coast-hugging`: a craft runs along a shore, close in, for miles.

use serde::{Deserialize, Serialize};

use super::clutter_test::{is_unsure, reason_for_doubt};
use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, World, limits};
use crate::geodesy;
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Position, Reason, Rule, Span, Speed, Time, TrackId,
};
use crate::picture::Picture;

const MAX_OFFING: LimitKey<Length> = LimitKey::nautical_miles("max_offing", "1 nm")
    .at_most()
    .doc("The craft is not farther from a coast than this, all the way.");
const MIN_WAY: LimitKey<Length> = LimitKey::nautical_miles("min_way", "5 nm")
    .at_least()
    .doc("The craft is at least this far, in a straight line, from where the run began.");
const MIN_SPEED: LimitKey<Speed> =
    LimitKey::speed("min_speed", "8 kn").at_least().may_be_zero().doc("The craft is at least this fast.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("4")
    .doc("This many echoes within 2 nm that move alike are weather or a fleet, and are not judged.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "coast-hugging",
    doc: "A craft runs along a shore, close to it, for miles.",
    caution: "A coast must be known. Water taxis, and fishers on their way to the grounds, run so too: limit the rule to radar, to the night, or to a higher speed. Echoes that jump, or that run with others, are not judged.",
    limits: &[
        MAX_OFFING.limit,
        MIN_WAY.limit,
        MIN_SPEED.limit,
        TIME_OF_DAY.limit,
        MAX_COMPANY.limit,
        limits::MAX_SILENCE.with_default("5 min").limit,
    ],
    needs: &[],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, CoastHugging::new(rule))),
};

/// Slower, or farther off, for this long, it is over: a headland is rounded, a swell slows.
const AWAY_FOR: Span = Span::from_secs(180);
/// Interval at which the distance from the coast is measured.
const COAST_MEASURED_EVERY: Span = Span::from_secs(20);

struct CoastHugging {
    max_offing_m: f64,
    min_way_m: f64,
    min_speed_kn: f64,
    time_of_day: TimeOfDay,
    max_company: usize,
}

#[derive(Clone, Serialize, Deserialize)]
struct Way {
    from: Position,
    next_look: Time,
    offing_m: f64,
    furthest_off_m: f64,
}

impl CoastHugging {
    fn new(rule: &Rule) -> CoastHugging {
        let limits = &rule.limits;
        CoastHugging {
            max_offing_m: limits.get(MAX_OFFING).m(),
            min_way_m: limits.get(MIN_WAY).m(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.get(MAX_COMPANY),
        }
    }

    fn offing_m(&self, at: Position, w: &World<'_>) -> Option<f64> {
        w.picture.zones.to_coast_m(at, self.max_offing_m)
    }
}

impl Behaviour for CoastHugging {
    type Memory = Way;

    fn gate(&self) -> Gate {
        Gate::Fast(libm::ceil(self.min_speed_kn * 10.0) as u16)
    }

    /// The time that the way takes at the lowest speed.
    fn update_base(&self) -> Span {
        Span::from_secs_f64(self.min_way_m / (self.min_speed_kn.max(0.1) * geodesy::KN_MS))
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Way> {
        let track = w.picture.track(id);
        // Once a look, not at each report of all that is fast at sea.
        if !track.is_first_in(COAST_MEASURED_EVERY, track.fix.time) {
            return None;
        }
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || track.is_vessel());
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), speed);
        if !c.are_met() {
            return None;
        }
        let offing_m = self.offing_m(track.fix.position, w);
        c.is(MAX_OFFING, || offing_m.is_some());
        let offing_m = offing_m?;
        let from = track.fix.position;
        Some(Way { from, next_look: w.now + COAST_MEASURED_EVERY, offing_m, furthest_off_m: offing_m })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Way>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            return Verdict::Ended(EndReason::Identified);
        }
        let at = track.fix.position;
        if w.now >= case.memory.next_look {
            case.memory.next_look = w.now + COAST_MEASURED_EVERY;
            case.memory.offing_m = self.offing_m(at, w).unwrap_or(f64::INFINITY);
        }
        let way = &mut case.memory;
        let mut c = w.conditions();
        c.at_most(MAX_OFFING, Length::from_m(self.max_offing_m), || Length::from_m(way.offing_m));
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), speed);
        if !c.are_met() {
            let over = w.now - case.last > AWAY_FOR;
            return if over { Verdict::Ended(EndReason::Moved) } else { Verdict::Paused };
        }
        way.furthest_off_m = way.furthest_off_m.max(way.offing_m);
        let covered = || Length::from_m(geodesy::distance_m(way.from, at));
        c.at_least(MIN_WAY, Length::from_m(self.min_way_m), covered);
        c.holds(Check::SteadySpeed, || !is_unsure(w.picture, id));
        c.is(TIME_OF_DAY, || self.time_of_day.is_it(at, w.now));
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, _held: &Case<Way>, w: &World<'_>) -> Option<Reason> {
        reason_for_doubt(w, id, self.max_company)
    }

    fn statement(&self, id: TrackId, case: &Case<Way>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let (way, lasted) = (&case.memory, case.lasted());
        let run = Length::from_m(geodesy::distance_m(way.from, track.fix.position));
        let off = Length::from_m(way.furthest_off_m);
        let speed_kn = track.speed_kn().unwrap_or(0.0);
        Statement {
            position: track.fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                MAX_OFFING.measured(off),
                MIN_WAY.measured(run),
                MIN_SPEED.measured(Speed::from_kn(speed_kn)),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "has run {:.1} nm along the coast in {}, no more than {:.1} nm off it, at {speed_kn:.0} kn",
                run.nm(),
                lasted.words(),
                off.nm().max(0.1)
            ),
        }
    }
}
