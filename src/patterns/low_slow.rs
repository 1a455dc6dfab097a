//! `low-slow`: an aircraft that flies low and slowly where no aerodrome explains it.

use serde::{Deserialize, Serialize};

use super::airborne::{FROM_AERODROME, at_aerodrome, height_words, in_flight};
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::geodesy::NM_M;
use crate::model::{Certainty, EndReason, Height, LimitKey, Reason, Rule, Span, Speed, TrackId};
use crate::picture::Picture;

const MAX_ALTITUDE: LimitKey<Height> =
    LimitKey::height("max_altitude", "1500 ft").at_most().doc("The aircraft is not higher than this.");
const MAX_SPEED: LimitKey<Speed> =
    LimitKey::speed("max_speed", "160 kn").at_most().doc("The aircraft is not faster than this.");
const MIN_SPEED: LimitKey<Speed> = LimitKey::speed("min_speed", "40 kn")
    .at_least()
    .may_be_zero()
    .less_than(MAX_SPEED, "nothing can fit both")
    .doc("The aircraft is at least this fast; birds and balloons are slower.");
const MIN_DURATION: LimitKey<Span> =
    LimitKey::duration("min_duration", "3 min").at_least().doc("The flight lasts at least this long.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "low-slow",
    doc: "An aircraft flies below a height and a speed, away from aerodromes, for minutes.",
    caution: "Without a height the rule cannot judge. An aircraft that says that it is on the ground is believed at 50 kn or less, and within 2 nm of an aerodrome. Pressure altitude is wrong by some hundred feet on days of high or low pressure. Helicopters to rigs, crop-dusters and coast guard aircraft fly so: name their areas in outside, or put the aircraft on the centre's list.",
    limits: &[
        MAX_ALTITUDE.limit,
        MAX_SPEED.limit,
        MIN_SPEED.limit,
        MIN_DURATION.limit,
        FROM_AERODROME.limit,
        TIME_OF_DAY.limit,
        limits::MAX_SILENCE.with_default("5 min").limit,
    ],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, LowSlow::new(rule))),
};

/// Higher or faster than the limit by this, and it is over.
const ABOVE_FT: f64 = 300.0;
const FASTER_KN: f64 = 20.0;
/// Or slower by this.
const SLOWER_KN: f64 = 5.0;
/// For this long: an estimate is off in a turn.
const FOR: Span = Span::from_secs(60);

struct LowSlow {
    max_altitude_ft: f64,
    max_speed_kn: f64,
    min_speed_kn: f64,
    min_duration: Span,
    from_aerodrome_m: f64,
    time_of_day: TimeOfDay,
}

/// The lowest height that it told, if any.
#[derive(Serialize, Deserialize)]
struct Low(Option<f64>);

impl LowSlow {
    fn new(rule: &Rule) -> LowSlow {
        let limits = &rule.limits;
        LowSlow {
            max_altitude_ft: limits.get(MAX_ALTITUDE).ft(),
            max_speed_kn: limits.get(MAX_SPEED).kn(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            min_duration: limits.get(MIN_DURATION),
            from_aerodrome_m: limits.get(FROM_AERODROME).m(),
            time_of_day: TimeOfDay::of(rule),
        }
    }

    /// Compares a flight, as far as is known, with a low and slow one, by limits so much wider.
    fn compare(
        &self,
        id: TrackId,
        [above_ft, faster_kn, slower_kn]: [f64; 3],
        w: &World<'_>,
        c: &mut Conditions<'_>,
    ) {
        let flight = in_flight(w.picture, id, w.now);
        c.holds(Check::InFlight, || flight.is_some());
        let Some(flight) = flight else { return };
        let track = w.picture.track(id);
        if let Some(ft) = flight.altitude_ft(w.now) {
            c.at_most(MAX_ALTITUDE, Height::from_ft(self.max_altitude_ft + above_ft), || Height::from_ft(ft));
        }
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn - slower_kn), speed);
        c.at_most(MAX_SPEED, Speed::from_kn(self.max_speed_kn + faster_kn), speed);
        c.is(FROM_AERODROME, || !at_aerodrome(w.picture, track.fix.position, self.from_aerodrome_m, w.now));
    }
}

impl Behaviour for LowSlow {
    type Memory = Low;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn update_base(&self) -> Span {
        self.min_duration
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Low> {
        let at = w.picture.track(id).fix.position;
        let mut c = w.conditions();
        self.compare(id, [0.0; 3], w, &mut c);
        c.is(TIME_OF_DAY, || self.time_of_day.is_it(at, w.now));
        c.are_met().then(|| Low(w.picture.altitude_ft(id, w.now)))
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Low>, w: &World<'_>) -> Verdict {
        let mut c = w.conditions();
        self.compare(id, [ABOVE_FT, FASTER_KN, SLOWER_KN], w, &mut c);
        let is_it = c.are_met();
        c.at_least(MIN_DURATION, self.min_duration, || w.now - case.since);
        if !is_it {
            let over = w.now - case.last > FOR || !case.is_raised();
            return if over { Verdict::Ended(EndReason::Moved) } else { Verdict::Paused };
        }
        let ft = w.picture.altitude_ft(id, w.now);
        case.memory.0 = case.memory.0.map_or(ft, |low| Some(ft.map_or(low, |ft| ft.min(low))));
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, _id: TrackId, case: &Case<Low>, _w: &World<'_>) -> Option<Reason> {
        case.memory.0.is_none().then_some(Reason::NoHeight)
    }

    fn statement(&self, id: TrackId, case: &Case<Low>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let speed = track.speed_kn().unwrap_or(0.0);
        Statement {
            position: track.fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                MAX_ALTITUDE.measured_if_known(case.memory.0.map(Height::from_ft)),
                MAX_SPEED.measured(Speed::from_kn(speed)),
                MIN_DURATION.measured(case.lasted()),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "has flown low and slowly for {}, {speed:.0} kn{}, no aerodrome within {:.0} nm",
                case.lasted().words(),
                height_words(case.memory.0),
                self.from_aerodrome_m / NM_M
            ),
        }
    }
}
