//! `low-slow`: an aircraft that flies low and slowly where no aerodrome explains it.

use serde::{Deserialize, Serialize};

use super::airborne::{FROM_AERODROME, at_aerodrome, height_words, in_flight};
use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::{Gate, Pattern, World};
use crate::geodesy::NM_M;
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Rule, Span, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "low-slow",
    doc: "An aircraft flies below a height and a speed, away from aerodromes, for minutes.",
    caution: "A radar without height cannot judge it. Pressure altitude is some hundred feet off on days of high or low pressure. Helicopters to rigs, crop-dusters and the coast guard's own aircraft fly so: name their areas in outside, put the aircraft on the centre's list.",
    limits: &[
        Limit { name: "max_altitude", kind: LimitKind::Feet, default: "1500 ft", doc: "Not above this." },
        Limit { name: "max_speed", kind: LimitKind::Speed, default: "160 kn", doc: "Not faster than this." },
        Limit {
            name: "min_speed",
            kind: LimitKind::Speed,
            default: "40 kn",
            doc: "And at least this fast: birds and balloons are not.",
        },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "3 min",
            doc: "For at least this long.",
        },
        FROM_AERODROME,
        TIME_OF_DAY,
        max_silence("5 min"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, LowSlow::new(rule))),
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
            max_altitude_ft: limits.number("max_altitude"),
            max_speed_kn: limits.number("max_speed"),
            min_speed_kn: limits.number("min_speed"),
            min_duration: Span::from_secs_f64(limits.number("min_duration")),
            from_aerodrome_m: limits.number("from_aerodrome") * NM_M,
            time_of_day: TimeOfDay::of(rule),
        }
    }

    /// Whether it is low and slow, as far as is known, by limits so much wider.
    fn is_it(&self, id: TrackId, [above_ft, faster_kn, slower_kn]: [f64; 3], w: &World<'_>) -> bool {
        let Some(flight) = in_flight(w.picture, id, w.now) else { return false };
        let track = w.picture.track(id);
        let speeds = self.min_speed_kn - slower_kn..=self.max_speed_kn + faster_kn;
        flight.altitude_ft(w.now).is_none_or(|ft| ft <= self.max_altitude_ft + above_ft)
            && track.speed_kn().is_some_and(|kn| speeds.contains(&kn))
            && !at_aerodrome(w.picture, track.fix.position, self.from_aerodrome_m, w.now)
    }
}

impl Conduct for LowSlow {
    type Memory = Low;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn doubles_from(&self) -> Span {
        self.min_duration
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Low> {
        let at = w.picture.track(id).fix.position;
        let begins = self.is_it(id, [0.0; 3], w) && self.time_of_day.is_it(at, w.now);
        begins.then(|| Low(w.picture.altitude_ft(id, w.now)))
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Low>, w: &World<'_>) -> Verdict {
        if !self.is_it(id, [ABOVE_FT, FASTER_KN, SLOWER_KN], w) {
            let over = w.now - held.last > FOR || !held.is_raised();
            return if over { Verdict::Over(EndReason::Moved) } else { Verdict::Pauses };
        }
        let ft = w.picture.altitude_ft(id, w.now);
        held.memory.0 = held.memory.0.map_or(ft, |low| Some(ft.map_or(low, |ft| ft.min(low))));
        let long = w.now - held.since >= self.min_duration;
        if long { Verdict::Fits } else { Verdict::Goes }
    }

    fn doubt(&self, _id: TrackId, held: &Held<Low>, _w: &World<'_>) -> Option<&'static str> {
        held.memory.0.is_none().then_some("no-height")
    }

    fn states(&self, id: TrackId, held: &Held<Low>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let speed = track.speed_kn().unwrap_or(0.0);
        Statement {
            position: track.fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                ("max_altitude", held.memory.0.map_or(Measure::None, Measure::Number)),
                ("max_speed", Measure::Number(speed)),
                ("min_duration", Measure::Number(held.lasted().secs())),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "has flown low and slowly for {}, {speed:.0} kn{}, no aerodrome within {:.0} nm",
                held.lasted().words(),
                height_words(held.memory.0),
                self.from_aerodrome_m / NM_M
            ),
        }
    }
}
