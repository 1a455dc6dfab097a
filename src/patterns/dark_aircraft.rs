//! `dark-aircraft`: radar follows an aircraft, and no transponder of it is heard.

use serde::{Deserialize, Serialize};

use super::airborne::{height_words, in_flight, would_be_heard};
use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::geodesy::{self, KN_MS};
use crate::model::{Certainty, EndReason, Height, LimitKey, Position, Reason, Rule, Span, Speed, TrackId};
use crate::picture::Picture;

const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "60 s")
    .at_least()
    .doc("Radar follows the aircraft for at least this long, and its transponder sends nothing.");
const MIN_UPDATES: LimitKey<usize> = LimitKey::count("min_updates", "6")
    .at_least()
    .doc("Radars report the aircraft at least this many times.");
const MIN_SPEED: LimitKey<Speed> =
    LimitKey::speed("min_speed", "70 kn").at_least().may_be_zero().doc("The aircraft is at least this fast.");
const MAX_ALTITUDE: LimitKey<Option<Height>> = LimitKey::height("max_altitude", "none")
    .at_most()
    .or_none()
    .doc("The aircraft is not higher than this, where a radar tells the height.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "dark-aircraft",
    doc: "An aircraft that radar follows answers no radar and broadcasts nothing.",
    caution: "The rule judges only where a transponder would have been heard: by a radar that interrogates, or by a receiver that has heard aircraft from there within a day. Slow targets (birds, rain), and echoes that jump more than aircraft do, are not judged. Light aircraft below controlled airspace may lawfully fly without a transponder.",
    limits: &[
        MIN_DURATION.limit,
        MIN_UPDATES.limit,
        MIN_SPEED.limit,
        MAX_ALTITUDE.limit,
        TIME_OF_DAY.limit,
        limits::MAX_SILENCE.with_default("3 min").limit,
    ],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, DarkAircraft::new(rule))),
};

/// Least way made good, as a share of the way at the lowest speed: an echo that jumps about gets nowhere.
const FLIGHT_MADE_GOOD: f64 = 0.6;
/// Jumps about so much more than known targets do.
const UNSTEADY: f64 = 3.0;

struct DarkAircraft {
    min_duration: Span,
    min_updates: u32,
    min_speed_kn: f64,
    max_altitude_ft: f64,
    time_of_day: TimeOfDay,
}

#[derive(Serialize, Deserialize)]
struct Seen {
    from: Position,
    updates: u32,
    top_kn: f64,
}

impl DarkAircraft {
    fn new(rule: &Rule) -> DarkAircraft {
        let limits = &rule.limits;
        DarkAircraft {
            min_duration: limits.get(MIN_DURATION),
            min_updates: limits.get(MIN_UPDATES) as u32,
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            max_altitude_ft: limits.get(MAX_ALTITUDE).map_or(f64::INFINITY, Height::ft),
            time_of_day: TimeOfDay::of(rule),
        }
    }
}

impl Behaviour for DarkAircraft {
    type Memory = Seen;

    /// Its transponder may speak without telling where it is.
    fn reads_heard(&self, _id: TrackId, _w: &World<'_>) -> bool {
        true
    }

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn update_base(&self) -> Span {
        Span::from_secs(300)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Seen> {
        let (track, flight, mut c) = (w.picture.track(id), in_flight(w.picture, id, w.now), w.conditions());
        c.holds(Check::InFlight, || flight.is_some());
        let flight = flight?;
        c.holds(Check::Dark, || track.sensed > 0 && track.is_dark(w.now));
        if let Some(ft) = flight.altitude_ft(w.now) {
            c.at_most(MAX_ALTITUDE, Height::from_ft(self.max_altitude_ft), || Height::from_ft(ft));
        }
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), speed);
        c.is(TIME_OF_DAY, || self.time_of_day.is_it(track.fix.position, w.now));
        c.are_met().then_some(Seen { from: track.fix.position, updates: 0, top_kn: 0.0 })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Seen>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        if track.sensed > 0 && !track.is_dark(w.now) {
            return Verdict::Ended(EndReason::Identified);
        }
        let mut c = w.conditions();
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), speed);
        if !c.are_met() {
            let over = w.now - case.last > limits::SLOW_FOR;
            return if over { Verdict::Ended(EndReason::Moved) } else { Verdict::Paused };
        }
        let seen = &mut case.memory;
        seen.updates = seen.updates.saturating_add(1);
        seen.top_kn = seen.top_kn.max(track.speed_kn().unwrap_or(0.0));
        let lasted = w.now - case.since;
        c.at_least(MIN_DURATION, self.min_duration, || lasted);
        c.at_least(MIN_UPDATES, self.min_updates as usize, || case.memory.updates as usize);
        c.holds(Check::MadeGood, || {
            let way = geodesy::distance_m(case.memory.from, track.fix.position);
            case.is_raised() || way >= FLIGHT_MADE_GOOD * self.min_speed_kn * KN_MS * lasted.secs()
        });
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, _held: &Case<Seen>, w: &World<'_>) -> Option<Reason> {
        if w.picture.sensors.relative_nis(id) > UNSTEADY {
            return Some(Reason::Clutter);
        }
        (!would_be_heard(id, w)).then_some(Reason::NoReceiver)
    }

    fn statement(&self, id: TrackId, case: &Case<Seen>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let altitude = picture.altitude_ft(id, case.last);
        let course = track.fix.cog_deg().map_or(String::new(), |cog| format!(", course {cog:03.0}°"));
        let speed = track.speed_kn().unwrap_or(case.memory.top_kn);
        Statement {
            position: track.fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                MIN_DURATION.measured(case.lasted()),
                MIN_UPDATES.measured(case.memory.updates as usize),
                MIN_SPEED.measured(Speed::from_kn(speed)),
                MAX_ALTITUDE.measured_if_known(altitude.map(Height::from_ft)),
            ],
            not_judged: if altitude.is_none() {
                vec!["height: no radar tells it".to_owned()]
            } else {
                Vec::new()
            },
            deed: format!(
                "has been followed by radar for {} without a transponder signal, {speed:.0} kn{course}{}",
                case.lasted().words(),
                height_words(altitude)
            ),
        }
    }
}
