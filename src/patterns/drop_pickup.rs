//! `drop-pickup`: a craft stops and leaves, and another one stops there later: something may have lain in the water.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::doubt::doubt;
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::{Gate, Pattern, World};
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Position, Rule, Span, Time, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "drop-pickup",
    doc: "A craft stops at sea and leaves; later another one stops where what it may have left has drifted to.",
    caution: "Never more than possible. A place where max_company craft have stopped within a day is a fishing ground, a buoy, an anchorage, a dive site: counted as not judged. Without `set` nobody knows where to it drifts, and the circle grows all round.",
    limits: &[
        Limit {
            name: "max_speed",
            kind: LimitKind::Speed,
            default: "2 kn",
            doc: "At or under this it stops.",
        },
        Limit {
            name: "min_stop",
            kind: LimitKind::Duration,
            default: "3 min",
            doc: "Each stop lasts at least this …",
        },
        Limit {
            name: "max_stop",
            kind: LimitKind::Duration,
            default: "30 min",
            doc: "… and that of the first at most this: who stays longer fishes, or waits.",
        },
        Limit {
            name: "min_wait",
            kind: LimitKind::Duration,
            default: "10 min",
            doc: "The second comes at least so long after the first has left, …",
        },
        Limit {
            name: "max_wait", kind: LimitKind::Duration, default: "6 h", doc: "… and at most so long."
        },
        Limit {
            name: "distance",
            kind: LimitKind::Metres,
            default: "300 m",
            doc: "How near to the place it stops, and besides how far things may have drifted.",
        },
        Limit {
            name: "drift",
            kind: LimitKind::Speed,
            default: "0.5 kn",
            doc: "How fast the sea carries things.",
        },
        Limit {
            name: "set",
            kind: LimitKind::Bearing,
            default: "none",
            doc: "Where to, degrees true; half the way drifted is still allowed for round the place.",
        },
        Limit {
            name: "max_distance",
            kind: LimitKind::NauticalMiles,
            default: "1.5 nm",
            doc: "The circle grows no wider than this.",
        },
        Limit {
            name: "from_coast",
            kind: LimitKind::NauticalMiles,
            default: "none",
            doc: "At least this far from any coast.",
        },
        Limit { doc: "When the second stops; \"night\": between sunset and sunrise there.", ..TIME_OF_DAY },
        Limit {
            name: "max_company",
            kind: LimitKind::Count,
            default: "4",
            doc: "So many craft that have stopped within 1.5 nm in a day make a place where one stops.",
        },
        max_silence("15 min"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, DropPickup::new(rule))),
};

/// It was under way before: at least this fast at some time, tenths of a knot.
const CAME_TENTHS: u16 = 50;
/// It has moved on beyond this from where it stopped, metres, or at this many times `max_speed`.
const MOVED_M: f64 = 400.0;
const MOVED_FACTOR: f64 = 2.0;
/// Stops are remembered for a day, and so many at most.
const DAY: Span = Span::from_secs(24 * 3600);
const STOPS: usize = 4096;
/// A place where others have stopped too.
const PLACE_M: f64 = 1.5 * NM_M;

struct DropPickup {
    max_speed_kn: f64,
    min_stop: Span,
    max_stop: Span,
    wait: [Span; 2],
    distance_m: f64,
    drift_kn: f64,
    set_deg: Option<f64>,
    max_distance_m: f64,
    from_coast_m: f64,
    time_of_day: TimeOfDay,
    max_company: usize,
    /// Stops that were long enough, in the order in which they ended.
    stops: VecDeque<Stop>,
}

/// One that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stop {
    /// Who: the key of its track, and the track's first word.
    key: String,
    at: Position,
    from: Time,
    until: Time,
}

#[derive(Clone, Serialize, Deserialize)]
struct Here {
    at: Position,
    looked: bool,
    first: Option<Stop>,
    crowd: bool,
}

impl DropPickup {
    fn new(rule: &Rule) -> DropPickup {
        let limits = &rule.limits;
        let span = |name| Span::from_secs_f64(limits.number(name));
        DropPickup {
            max_speed_kn: limits.number("max_speed"),
            min_stop: span("min_stop"),
            max_stop: span("max_stop"),
            wait: [span("min_wait"), span("max_wait")],
            distance_m: limits.number("distance"),
            drift_kn: limits.number("drift"),
            set_deg: limits.optional("set"),
            max_distance_m: limits.number("max_distance") * NM_M,
            from_coast_m: limits.optional("from_coast").unwrap_or(0.0) * NM_M,
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.number("max_company") as usize,
            stops: VecDeque::new(),
        }
    }

    /// Where what was left at a stop may be at a time: a circle.
    fn drifted(&self, stop: &Stop, now: Time) -> (Position, f64) {
        let way_m = self.drift_kn * KN_MS * (now - stop.until).secs();
        let (middle, wide_m) = match self.set_deg {
            Some(set) => (geodesy::moved_m(stop.at, geodesy::velocity(way_m, set)), way_m / 2.0),
            None => (stop.at, way_m),
        };
        (middle, (self.distance_m + wide_m).min(self.max_distance_m))
    }

    /// The stop of another one that this one's may follow: the latest.
    fn first_of(&self, key: &str, here: Position, since: Time) -> Option<&Stop> {
        self.stops.iter().rev().find(|stop| {
            let waited = since - stop.until;
            let (middle, wide_m) = self.drifted(stop, since);
            stop.key != key
                && (self.wait[0]..=self.wait[1]).contains(&waited)
                && stop.until - stop.from <= self.max_stop
                && geodesy::distance_m(middle, here) <= wide_m
        })
    }

    /// Whether many have stopped round a place.
    fn is_crowded(&self, here: Position) -> bool {
        let near = self.stops.iter().filter(|stop| geodesy::distance_m(stop.at, here) <= PLACE_M);
        let mut keys: Vec<&str> = near.map(|stop| stop.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len() + 1 >= self.max_company
    }

    fn remember(&mut self, id: TrackId, held: &Held<Here>, w: &World<'_>) {
        while self.stops.front().is_some_and(|s| held.last - s.until > DAY) || self.stops.len() >= STOPS {
            self.stops.pop_front();
        }
        let (key, at) = (w.picture.key(id), held.memory.at);
        self.stops.push_back(Stop { key, at, from: held.since, until: held.last });
    }
}

impl Conduct for DropPickup {
    type Memory = Here;

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.stops, out);
    }

    fn load(&mut self, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.stops = saved::get(from)?;
        Ok(())
    }

    fn gate(&self) -> Gate {
        Gate::Slow(libm::floor(self.max_speed_kn * 10.0) as u16)
    }

    fn doubles_from(&self) -> Span {
        self.max_stop
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Here> {
        let track = w.picture.track(id);
        let stops = track.is_vessel()
            && track.top_tenths >= CAME_TENTHS
            && track.speed_kn().is_some_and(|kn| kn <= self.max_speed_kn);
        stops.then_some(Here { at: track.fix.position, looked: false, first: None, crowd: false })
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Here>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            return Verdict::Over(EndReason::Identified);
        }
        let (at, speed_kn) = (track.fix.position, track.speed_kn().unwrap_or(0.0));
        let moved = speed_kn > MOVED_FACTOR * self.max_speed_kn
            || geodesy::distance_m(held.memory.at, at)
                > MOVED_M + self.drift_kn * KN_MS * held.lasted().secs();
        if moved {
            if held.lasted() >= self.min_stop {
                self.remember(id, held, w);
            }
            return Verdict::Over(EndReason::Moved);
        }
        if speed_kn > self.max_speed_kn {
            return Verdict::Pauses;
        }
        if !held.memory.looked && w.now - held.since >= self.min_stop {
            held.memory.looked = true;
            held.memory.first = self.first_of(&w.picture.key(id), held.memory.at, held.since).cloned();
            held.memory.crowd = held.memory.first.is_some() && self.is_crowded(held.memory.at);
        }
        let fits = held.memory.first.is_some()
            && self.time_of_day.is_it(at, w.now)
            && (self.from_coast_m == 0.0 || w.picture.zones.off_coast_m(at) >= self.from_coast_m);
        if fits { Verdict::Fits } else { Verdict::Goes }
    }

    fn doubt(&self, id: TrackId, held: &Held<Here>, w: &World<'_>) -> Option<&'static str> {
        let crowd = held.memory.crowd.then_some("where-one-stops");
        crowd.or_else(|| doubt(w.picture, id, w.now, self.max_company))
    }

    fn states(&self, id: TrackId, held: &Held<Here>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let lasted = held.lasted();
        let mut deed = format!("has stopped for {}", lasted.words());
        let mut measured = vec![("min_stop", Measure::Number(lasted.secs()))];
        if let Some(first) = &held.memory.first {
            let waited = held.since - first.until;
            let (middle, _) = self.drifted(first, held.since);
            let apart_m = geodesy::distance_m(middle, held.memory.at);
            deed = format!(
                "{deed} within {apart_m:.0} m of where what {} may have left at {} UTC, after {} there, has drifted to",
                first.key,
                first.until.hour_minute(),
                (first.until - first.from).words()
            );
            measured.push(("max_wait", Measure::Number(waited.secs())));
            measured.push(("distance", Measure::Number(apart_m)));
        }
        Statement {
            position: track.fix.position,
            certainty: Certainty::Possible,
            measured,
            not_judged: Vec::new(),
            deed,
        }
    }
}
