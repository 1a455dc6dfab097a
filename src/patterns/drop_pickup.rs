//! `drop-pickup`: a craft stops and leaves, and another one stops there later: something may have lain in the water.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::clutter_test::reason_for_doubt;
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, World, limits};
use crate::alerts::Resumes;
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Angle, Certainty, EndReason, Length, LimitKey, Position, Reason, Rule, Span, Speed, Time, TrackId,
};
use crate::picture::Picture;

const MAX_SPEED: LimitKey<Speed> =
    LimitKey::speed("max_speed", "2 kn").at_most().doc("A craft at or under this speed has stopped.");
const MIN_STOP: LimitKey<Span> =
    LimitKey::duration("min_stop", "3 min").at_least().doc("Each craft stops for at least this long.");
const MAX_STOP: LimitKey<Span> = LimitKey::duration("max_stop", "30 min")
    .at_most()
    .doc("The first craft stops for no longer than this; one that stays longer fishes or waits.");
const MIN_WAIT: LimitKey<Span> = LimitKey::duration("min_wait", "10 min")
    .at_least()
    .doc("The second craft comes at least this long after the first has left.");
const MAX_WAIT: LimitKey<Span> = LimitKey::duration("max_wait", "6 h")
    .at_most()
    .doc("The second craft comes no later than this after the first has left.");
const DISTANCE: LimitKey<Length> = LimitKey::metres("distance", "300 m")
    .at_most()
    .doc("The second craft stops within this distance of the place to which objects may have drifted.");
const DRIFT: LimitKey<Speed> = LimitKey::speed("drift", "0.5 kn").doc("Speed at which objects drift.");
const SET: LimitKey<Option<Angle>> = LimitKey::bearing("set", "none").or_none().doc(
    "Direction in which objects drift. The circle moves that way, and its radius grows by half of the distance drifted.",
);
const MAX_DISTANCE: LimitKey<Length> = LimitKey::nautical_miles("max_distance", "1.5 nm")
    .at_most()
    .doc("The circle in which objects may lie grows no larger than this radius.");
const FROM_COAST: LimitKey<Option<Length>> = LimitKey::nautical_miles("from_coast", "none")
    .at_least()
    .or_none()
    .doc("The place is at least this far from every coast.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("4")
    .doc("A place within 1.5 nm of which this many craft have stopped in a day is a usual stop, and is not judged.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "drop-pickup",
    doc: "A craft stops at sea and leaves; later another craft stops where objects from the first may have drifted to.",
    caution: "The certainty is never more than possible. A place where max_company craft have stopped within a day is a fishing ground, a buoy, an anchorage or a dive site, and is not judged. Without `set` the direction of the drift is unknown, and the circle grows in every direction.",
    limits: &[
        MAX_SPEED.limit,
        MIN_STOP.limit,
        MAX_STOP.limit,
        MIN_WAIT.limit,
        MAX_WAIT.limit,
        DISTANCE.limit,
        DRIFT.limit,
        SET.limit,
        MAX_DISTANCE.limit,
        FROM_COAST.limit,
        TIME_OF_DAY
            .doc(
                "Time of day at which the second craft stops; \"night\" is between sunset and sunrise there.",
            )
            .limit,
        MAX_COMPANY.limit,
        limits::MAX_SILENCE.with_default("15 min").limit,
    ],
    needs: &[],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, DropPickup::new(rule))),
};

/// Top speed that shows that a vessel was under way before, tenths of a knot.
const UNDER_WAY_BEFORE_TENTHS: u16 = 50;
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
        DropPickup {
            max_speed_kn: limits.get(MAX_SPEED).kn(),
            min_stop: limits.get(MIN_STOP),
            max_stop: limits.get(MAX_STOP),
            wait: [limits.get(MIN_WAIT), limits.get(MAX_WAIT)],
            distance_m: limits.get(DISTANCE).m(),
            drift_kn: limits.get(DRIFT).kn(),
            set_deg: limits.get(SET).map(Angle::deg),
            max_distance_m: limits.get(MAX_DISTANCE).m(),
            from_coast_m: limits.get(FROM_COAST).map_or(0.0, Length::m),
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.get(MAX_COMPANY),
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
    fn first_of(&self, key: &str, here: Position, since: Time, c: &mut Conditions<'_>) -> Option<&Stop> {
        let mut found = None;
        c.any_of(|any| {
            for stop in self.stops.iter().rev().filter(|stop| stop.key != key) {
                any.all_of(|c| {
                    let waited = || since - stop.until;
                    c.at_least(MIN_WAIT, self.wait[0], waited);
                    c.at_most(MAX_WAIT, self.wait[1], waited);
                    c.at_most(MAX_STOP, self.max_stop, || stop.until - stop.from);
                    let (middle, wide_m) = self.drifted(stop, since);
                    let apart = || Length::from_m(geodesy::distance_m(middle, here));
                    c.at_most(DISTANCE, Length::from_m(wide_m), apart);
                    if c.are_met() && found.is_none() {
                        found = Some(stop);
                    }
                });
            }
        });
        found
    }

    /// Whether many have stopped round a place.
    fn is_crowded(&self, here: Position) -> bool {
        let near = self.stops.iter().filter(|stop| geodesy::distance_m(stop.at, here) <= PLACE_M);
        let mut keys: Vec<&str> = near.map(|stop| stop.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len() + 1 >= self.max_company
    }

    fn remember(&mut self, id: TrackId, case: &Case<Here>, w: &World<'_>) {
        while self.stops.front().is_some_and(|s| case.last - s.until > DAY) || self.stops.len() >= STOPS {
            self.stops.pop_front();
        }
        let (key, at) = (w.picture.key(id), case.memory.at);
        self.stops.push_back(Stop { key, at, from: case.since, until: case.last });
    }
}

impl Behaviour for DropPickup {
    type Memory = Here;

    const RESUMES: Resumes = Resumes::NEVER;

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

    fn update_base(&self) -> Span {
        self.max_stop
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Here> {
        let track = w.picture.track(id);
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || track.is_vessel());
        c.holds(Check::UnderWayBefore, || track.top_tenths >= UNDER_WAY_BEFORE_TENTHS);
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_most(MAX_SPEED, Speed::from_kn(self.max_speed_kn), speed);
        c.are_met().then_some(Here { at: track.fix.position, looked: false, first: None, crowd: false })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Here>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            return Verdict::Ended(EndReason::Identified);
        }
        let (at, speed_kn) = (track.fix.position, track.speed_kn().unwrap_or(0.0));
        let moved = speed_kn > MOVED_FACTOR * self.max_speed_kn
            || geodesy::distance_m(case.memory.at, at)
                > MOVED_M + self.drift_kn * KN_MS * case.lasted().secs();
        if moved {
            if case.lasted() >= self.min_stop {
                self.remember(id, case, w);
            }
            return Verdict::Ended(EndReason::Moved);
        }
        if speed_kn > self.max_speed_kn {
            return Verdict::Paused;
        }
        let mut c = w.conditions();
        c.at_least(MIN_STOP, self.min_stop, || w.now - case.since);
        if !case.memory.looked && c.are_met() {
            case.memory.looked = true;
            let (at, since) = (case.memory.at, case.since);
            case.memory.first = self.first_of(&w.picture.key(id), at, since, &mut c).cloned();
            case.memory.crowd = case.memory.first.is_some() && self.is_crowded(case.memory.at);
        } else if case.memory.looked {
            c.holds(Check::AfterOther, || case.memory.first.is_some());
        }
        c.is(TIME_OF_DAY, || self.time_of_day.is_it(at, w.now));
        if self.from_coast_m != 0.0 {
            let off = || Length::from_m(w.picture.zones.off_coast_m(at));
            c.at_least(FROM_COAST, Length::from_m(self.from_coast_m), off);
        }
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, case: &Case<Here>, w: &World<'_>) -> Option<Reason> {
        let crowd = case.memory.crowd.then_some(Reason::WhereOneStops);
        crowd.or_else(|| reason_for_doubt(w, id, self.max_company))
    }

    fn statement(&self, id: TrackId, case: &Case<Here>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let lasted = case.lasted();
        let mut deed = format!("has stopped for {}", lasted.words());
        let mut measured = vec![MIN_STOP.measured(lasted)];
        if let Some(first) = &case.memory.first {
            let waited = case.since - first.until;
            let (middle, _) = self.drifted(first, case.since);
            let apart_m = geodesy::distance_m(middle, case.memory.at);
            deed = format!(
                "{deed} within {apart_m:.0} m of where what {} may have left at {} UTC, after {} there, has drifted to",
                first.key,
                first.until.hour_minute(),
                (first.until - first.from).words()
            );
            measured.push(MAX_WAIT.measured(waited));
            measured.push(DISTANCE.measured(Length::from_m(apart_m)));
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
