//! `circling`: an aircraft turns round and round over one place.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::airborne::{height_words, in_flight};
use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::{Gate, Pattern, World};
use crate::geodesy::{self, NM_M};
use crate::model::{
    AirSource, Certainty, EndReason, Limit, LimitKind, Measure, Position, Rule, Span, Time, TrackId,
};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "circling",
    doc: "An aircraft makes several full turns one way within a small area.",
    caution: "Turns to and fro (crop-dusting, a search) take each other away. Training circuits are left out with outside = [\"aerodrome\"], holdings by max_altitude. Positions worked out by multilateration jump about and are not judged.",
    limits: &[
        Limit {
            name: "turns",
            kind: LimitKind::Factor,
            default: "3",
            doc: "At least so many full turns, those the other way taken off.",
        },
        Limit { name: "window", kind: LimitKind::Duration, default: "25 min", doc: "Within this." },
        Limit {
            name: "radius",
            kind: LimitKind::NauticalMiles,
            default: "5 nm",
            doc: "All the while within this of the middle.",
        },
        Limit { name: "max_altitude", kind: LimitKind::Feet, default: "6000 ft", doc: "Not above this." },
        max_silence("3 min"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, Circling::new(rule))),
};

/// A course is taken this often: so many at most are kept in a window.
const EVERY: Span = Span::from_secs(5);
const MOST: usize = 400;
/// A turn between two courses beyond this is none that can be told from one the other way.
const MOST_TURN_DEG: f64 = 120.0;
/// It has stopped circling after this long on a straight course.
const STRAIGHT: Span = Span::from_secs(300);

struct Circling {
    turns: f64,
    window: Span,
    radius_m: f64,
    max_altitude_ft: f64,
}

#[derive(Serialize, Deserialize)]
struct Turns {
    /// Time, place, and the turn since the one before, degrees to starboard.
    points: VecDeque<(Time, Position, f64)>,
    course_deg: f64,
    sum_deg: f64,
    /// It turned by so much last when.
    turning: Time,
    most: f64,
}

impl Circling {
    fn new(rule: &Rule) -> Circling {
        let limits = &rule.limits;
        Circling {
            turns: limits.number("turns"),
            window: Span::from_secs_f64(limits.number("window")),
            radius_m: limits.number("radius") * NM_M,
            max_altitude_ft: limits.number("max_altitude"),
        }
    }

    fn course(&self, id: TrackId, w: &World<'_>) -> Option<f64> {
        let flight = in_flight(w.picture, id, w.now)?;
        let low = flight.altitude_ft(w.now).is_none_or(|ft| ft <= self.max_altitude_ft);
        w.picture.track(id).fix.cog_deg().filter(|_| low)
    }

    /// Whether all points are within the radius of the middle of their box.
    fn is_confined(&self, points: &VecDeque<(Time, Position, f64)>) -> bool {
        let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
        for (_, at, _) in points {
            for (i, value) in at.lon_lat().into_iter().enumerate() {
                (low[i], high[i]) = (low[i].min(value), high[i].max(value));
            }
        }
        let middle = Position::new((low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0);
        middle.is_some_and(|middle| {
            points.iter().all(|(_, at, _)| geodesy::distance_m(middle, *at) <= self.radius_m)
        })
    }
}

impl Conduct for Circling {
    type Memory = Turns;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn doubles_from(&self) -> Span {
        self.window
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Turns> {
        let course_deg = self.course(id, w)?;
        let at = w.picture.track(id).fix.position;
        let points = VecDeque::from([(w.now, at, 0.0)]);
        Some(Turns { points, course_deg, sum_deg: 0.0, turning: w.now, most: 0.0 })
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Turns>, w: &World<'_>) -> Verdict {
        let Some(course) = self.course(id, w) else { return Verdict::Over(EndReason::Moved) };
        let raised = held.is_raised();
        let memory = &mut held.memory;
        if memory.points.back().is_some_and(|(last, ..)| w.now - *last < EVERY) {
            return if raised { Verdict::Goes } else { Verdict::Pauses };
        }
        let turn = geodesy::normal_deg(course - memory.course_deg + 180.0) - 180.0;
        let turn = if turn.abs() > MOST_TURN_DEG { 0.0 } else { turn };
        memory.course_deg = course;
        memory.sum_deg += turn;
        memory.points.push_back((w.now, w.picture.track(id).fix.position, turn));
        while memory.points.len() > MOST
            || memory.points.front().is_some_and(|(first, ..)| w.now - *first > self.window)
        {
            memory.sum_deg -= memory.points.pop_front().map_or(0.0, |(_, _, turn)| turn);
        }
        if turn.abs() >= 3.0 {
            memory.turning = w.now;
        }
        if w.now - memory.turning > STRAIGHT && raised {
            return Verdict::Over(EndReason::Moved);
        }
        let turns = memory.sum_deg.abs() / 360.0;
        memory.most = memory.most.max(turns);
        let fits = turns >= self.turns && self.is_confined(&memory.points);
        if !raised && !fits {
            // What is not yet circling began with the oldest point that counts.
            held.since = held.memory.points.front().map_or(held.since, |(first, ..)| *first);
            return Verdict::Goes;
        }
        Verdict::Fits
    }

    fn doubt(&self, id: TrackId, _held: &Held<Turns>, w: &World<'_>) -> Option<&'static str> {
        let source = w.picture.flight(id).and_then(|flight| flight.source);
        (source == Some(AirSource::Mlat)).then_some("multilateration")
    }

    fn states(&self, id: TrackId, held: &Held<Turns>, picture: &Picture) -> Statement {
        let altitude = picture.altitude_ft(id, held.last);
        Statement {
            position: picture.track(id).fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                ("turns", Measure::Number(held.memory.most)),
                ("window", Measure::Number(held.lasted().secs())),
                ("max_altitude", altitude.map_or(Measure::None, Measure::Number)),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "has made {:.1} full turns in {}{}",
                held.memory.most,
                held.lasted().words(),
                height_words(altitude)
            ),
        }
    }
}
