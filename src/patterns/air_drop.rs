//! `air-drop`: an aircraft passes low over a slow craft, slows down for it or turns back to it, and goes away.

use serde::{Deserialize, Serialize};

use super::airborne::{height_words, in_flight, miles};
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Resumes;
use crate::geodesy;
use crate::model::{
    Certainty, EndReason, Height, Length, LimitKey, Reason, Rule, RuleId, Span, Speed, Time, TrackId,
};
use crate::picture::Picture;

const MAX_ALTITUDE: LimitKey<Height> = LimitKey::height("max_altitude", "1200 ft")
    .at_most()
    .doc("The aircraft is not higher than this at the pass.");
const DISTANCE: LimitKey<Length> = LimitKey::metres("distance", "1000 m")
    .at_most()
    .doc("The aircraft passes the craft within this distance.");
const MAX_CRAFT_SPEED: LimitKey<Speed> =
    LimitKey::speed("max_craft_speed", "8 kn").at_most().doc("The craft below is not faster than this.");
const SLOW_DOWN: LimitKey<f64> = LimitKey::share("slow_down", "0.25").at_least().doc(
    "At the pass the aircraft is slower by this share of its speed before. A rule needs this or min_passes.",
);
const MIN_PASSES: LimitKey<usize> = LimitKey::count("min_passes", "2")
    .at_least()
    .doc("The aircraft passes the same craft this many times. A rule needs this or slow_down.");
const DEPARTS: LimitKey<Length> = LimitKey::nautical_miles("departs", "3 nm")
    .at_least()
    .doc("After the pass the aircraft is at least this far away again, within max_duration.");
const MAX_DURATION: LimitKey<Span> = LimitKey::duration("max_duration", "20 min")
    .at_most()
    .doc("The time from the first pass to the departure is not longer than this.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "air-drop",
    doc: "An aircraft passes low over or beside a slow craft, slows down there or comes back to it, and departs.",
    caution: "Search and rescue, fishery patrols and film crews do the same: put their aircraft on the centre's list. Craft inside ports and anchorages are not looked at. Without a height the rule cannot judge. What never makes 50 kn is a bird, or weather, and no aircraft.",
    limits: &[
        MAX_ALTITUDE.limit,
        DISTANCE.limit,
        MAX_CRAFT_SPEED.limit,
        SLOW_DOWN.limit,
        MIN_PASSES.limit,
        DEPARTS.limit,
        MAX_DURATION.limit,
        limits::MAX_SILENCE.with_default("10 min").limit,
    ],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, AirDrop::new(rule, number))),
};

/// How fast it came is its fastest of this long before the pass.
const CAME: Span = Span::from_secs(600);
/// The craft's place is of no longer ago.
const CRAFT_FRESH: Span = Span::from_secs(180);
/// Speed that an aircraft made before the pass or after it, knots. Birds reach it with a gale behind them.
const FLIES_KN: f64 = 50.0;
/// A pass is over when it is farther off than this many times the distance.
const AWAY: f64 = 2.0;
/// Time after the departure at which a drop that was raised is over.
const DROP_OVER_AFTER: Span = Span::from_secs(600);

struct AirDrop {
    rule: RuleId,
    max_altitude_ft: f64,
    distance_m: f64,
    max_craft_kn: f64,
    slow_down: f64,
    min_passes: u32,
    departs_m: f64,
    max_duration: Span,
}

#[derive(Serialize, Deserialize)]
struct Pass {
    #[serde(with = "crate::model::ids::track_and_number")]
    craft: TrackId,
    came_kn: f64,
    slowest_kn: f64,
    closest_m: f64,
    altitude_ft: Option<f64>,
    lowest_ft: f64,
    passes: u32,
    near: bool,
    departed: Option<Time>,
}

impl AirDrop {
    fn new(rule: &Rule, number: RuleId) -> AirDrop {
        let limits = &rule.limits;
        AirDrop {
            rule: number,
            max_altitude_ft: limits.get(MAX_ALTITUDE).ft(),
            distance_m: limits.get(DISTANCE).m(),
            max_craft_kn: limits.get(MAX_CRAFT_SPEED).kn(),
            slow_down: limits.get(SLOW_DOWN),
            min_passes: limits.get(MIN_PASSES) as u32,
            departs_m: limits.get(DEPARTS).m(),
            max_duration: limits.get(MAX_DURATION),
        }
    }

    /// Whether it is low, as far as its height is known.
    fn is_low(&self, id: TrackId, w: &World<'_>, mut c: Conditions<'_>) -> bool {
        let flight = in_flight(w.picture, id, w.now);
        c.holds(Check::InFlight, || flight.is_some());
        if let Some(ft) = flight.and_then(|flight| flight.altitude_ft(w.now)) {
            c.at_most(MAX_ALTITUDE, Height::from_ft(self.max_altitude_ft), || Height::from_ft(ft));
        }
        c.are_met()
    }

    fn to_craft_m(craft: TrackId, id: TrackId, w: &World<'_>) -> f64 {
        let there = w.picture.track(craft).fix.carried_to(w.now);
        geodesy::distance_m(there, w.picture.track(id).fix.position)
    }

    /// The slow craft that it passes, the nearest.
    fn craft(&self, id: TrackId, w: &World<'_>) -> Option<TrackId> {
        let at = w.picture.track(id).fix.position;
        let mut nearest: Option<(f64, TrackId)> = None;
        w.picture.surface_near(at, self.distance_m + 500.0, |other| {
            let track = w.picture.track(other);
            w.trace_case(id, Some(other), None);
            let mut c = w.conditions();
            c.holds(Check::IsVessel, || track.is_vessel());
            c.holds(Check::Fresh, || w.now - track.fix.time <= CRAFT_FRESH);
            let speed = || Speed::from_kn(track.speed_kn().unwrap_or(0.0));
            c.at_most(MAX_CRAFT_SPEED, Speed::from_kn(self.max_craft_kn), speed);
            c.holds(Check::Inside, || w.applies(self.rule, other));
            let metres = Self::to_craft_m(other, id, w);
            c.at_most(DISTANCE, Length::from_m(self.distance_m), || Length::from_m(metres));
            if c.are_met() && nearest.is_none_or(|best| (metres, other) < best) {
                nearest = Some((metres, other));
            }
            true
        });
        nearest.map(|(_, craft)| craft)
    }

    /// Returns the fastest speed of the last minutes, knots.
    fn fastest_kn(id: TrackId, w: &World<'_>) -> f64 {
        let before = w.picture.history(id).since(w.now - CAME);
        before.filter_map(|point| point.sog_kn()).fold(0.0, f64::max)
    }
}

impl Behaviour for AirDrop {
    type Memory = Pass;

    const RESUMES: Resumes = Resumes::NEVER;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn update_base(&self) -> Span {
        self.max_duration
    }

    fn other_party(&self, memory: &Pass) -> Option<TrackId> {
        Some(memory.craft)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Pass> {
        if !self.is_low(id, w, w.conditions()) {
            return None;
        }
        let craft = self.craft(id, w)?;
        let altitude_ft = w.picture.altitude_ft(id, w.now);
        Some(Pass {
            craft,
            came_kn: Self::fastest_kn(id, w),
            slowest_kn: f64::INFINITY,
            closest_m: f64::INFINITY,
            altitude_ft,
            lowest_ft: f64::INFINITY,
            passes: 1,
            near: true,
            departed: None,
        })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Pass>, w: &World<'_>) -> Verdict {
        if let Some(departed) = case.memory.departed.filter(|_| case.is_raised()) {
            return if w.now - departed > DROP_OVER_AFTER {
                Verdict::Ended(EndReason::Moved)
            } else {
                Verdict::Paused
            };
        }
        if w.now - case.since > self.max_duration {
            return Verdict::Ended(EndReason::Moved);
        }
        let metres = Self::to_craft_m(case.memory.craft, id, w);
        let mut c = w.conditions();
        c.at_least(DEPARTS, Length::from_m(self.departs_m), || Length::from_m(metres));
        let low = self.is_low(id, w, Conditions::of(None));
        let pass = &mut case.memory;
        if low && metres <= self.distance_m {
            pass.passes += u32::from(!pass.near);
            pass.near = true;
            pass.closest_m = pass.closest_m.min(metres);
            let track = w.picture.track(id);
            pass.slowest_kn = pass.slowest_kn.min(track.speed_kn().unwrap_or(f64::INFINITY));
            pass.altitude_ft = w.picture.altitude_ft(id, w.now).or(pass.altitude_ft);
            pass.lowest_ft = pass.lowest_ft.min(pass.altitude_ft.unwrap_or(f64::INFINITY));
            return Verdict::Continues;
        }
        if metres > AWAY * self.distance_m {
            pass.near = false;
        }
        c.any_of(|any| {
            any.is(SLOW_DOWN, || pass.slowest_kn <= (1.0 - self.slow_down) * pass.came_kn);
            any.at_least(MIN_PASSES, self.min_passes as usize, || pass.passes as usize);
        });
        c.holds(Check::Flies, || pass.came_kn.max(Self::fastest_kn(id, w)) >= FLIES_KN);
        if c.decide() {
            pass.departed = Some(w.now);
            return Verdict::Fulfilled;
        }
        Verdict::Paused
    }

    fn doubt(&self, _id: TrackId, case: &Case<Pass>, _w: &World<'_>) -> Option<Reason> {
        case.memory.altitude_ft.is_none().then_some(Reason::NoHeight)
    }

    fn statement(&self, id: TrackId, case: &Case<Pass>, picture: &Picture) -> Statement {
        let pass = &case.memory;
        let craft = picture.track(pass.craft);
        let lowest = pass.lowest_ft.is_finite().then_some(pass.lowest_ft);
        let mut did = Vec::new();
        if pass.passes >= self.min_passes {
            did.push(format!("{} times", pass.passes));
        }
        if pass.slowest_kn <= (1.0 - self.slow_down) * pass.came_kn {
            did.push(format!("slowing from {:.0} to {:.0} kn", pass.came_kn, pass.slowest_kn));
        }
        let away = geodesy::distance_m(craft.fix.position, picture.track(id).fix.position);
        let slow_down = 1.0 - pass.slowest_kn / pass.came_kn.max(1.0);
        Statement {
            position: craft.fix.position,
            certainty: Certainty::Possible,
            measured: vec![
                MAX_ALTITUDE.measured_if_known(lowest.map(Height::from_ft)),
                DISTANCE.measured(Length::from_m(pass.closest_m)),
                SLOW_DOWN.measured(slow_down.max(0.0)),
                MIN_PASSES.measured(pass.passes as usize),
                DEPARTS.measured(Length::from_m(away)),
                MAX_DURATION.measured(case.lasted()),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "met: the aircraft passed {:.0} m from the craft{}, {}, and is {} away",
                pass.closest_m,
                height_words(lowest),
                did.join(", "),
                miles(away)
            ),
        }
    }
}
