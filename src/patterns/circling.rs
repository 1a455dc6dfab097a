//! `circling`: an aircraft turns round and round over one place.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::airborne::{height_words, in_flight};
use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Resumes;
use crate::geodesy;
use crate::model::{
    AirSource, Certainty, EndReason, Height, Length, LimitKey, Position, Reason, Rule, Span, Time, TrackId,
};
use crate::picture::Picture;

const TURNS: LimitKey<f64> = LimitKey::factor("turns", "3")
    .at_least()
    .doc("The aircraft makes at least this many full turns; turns the other way are subtracted.");
const WINDOW: LimitKey<Span> =
    LimitKey::duration("window", "25 min").at_most().doc("The turns are made within this time.");
const RADIUS: LimitKey<Length> = LimitKey::nautical_miles("radius", "5 nm")
    .at_most()
    .doc("The aircraft stays within this distance of the middle of its turns.");
const MAX_ALTITUDE: LimitKey<Height> =
    LimitKey::height("max_altitude", "6000 ft").at_most().doc("The aircraft is not higher than this.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "circling",
    doc: "An aircraft makes several full turns in one direction within a small area.",
    caution: "Turns in the other direction (crop-dusting, a search) are subtracted. Leave out training circuits with outside = [\"aerodrome\"], and holding patterns with max_altitude. Positions from multilateration jump, and are not judged.",
    limits: &[
        TURNS.limit,
        WINDOW.limit,
        RADIUS.limit,
        MAX_ALTITUDE.limit,
        limits::MAX_SILENCE.with_default("3 min").limit,
    ],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Circling::new(rule))),
};

/// Least time between two courses that are kept, and the most courses of a window.
const COURSE_KEPT_EVERY: Span = Span::from_secs(5);
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
            turns: limits.get(TURNS),
            window: limits.get(WINDOW),
            radius_m: limits.get(RADIUS).m(),
            max_altitude_ft: limits.get(MAX_ALTITUDE).ft(),
        }
    }

    fn course(&self, id: TrackId, w: &World<'_>) -> Option<f64> {
        let (flight, mut c) = (in_flight(w.picture, id, w.now), w.conditions());
        c.holds(Check::InFlight, || flight.is_some());
        if let Some(ft) = flight?.altitude_ft(w.now) {
            c.at_most(MAX_ALTITUDE, Height::from_ft(self.max_altitude_ft), || Height::from_ft(ft));
        }
        let course = w.picture.track(id).fix.cog_deg();
        c.holds(Check::HasCourse, || course.is_some());
        course.filter(|_| c.are_met())
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

impl Behaviour for Circling {
    type Memory = Turns;

    const RESUMES: Resumes = Resumes::ON_THE_GROUND;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn update_base(&self) -> Span {
        self.window
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Turns> {
        let course_deg = self.course(id, w)?;
        let at = w.picture.track(id).fix.position;
        let points = VecDeque::from([(w.now, at, 0.0)]);
        Some(Turns { points, course_deg, sum_deg: 0.0, turning: w.now, most: 0.0 })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Turns>, w: &World<'_>) -> Verdict {
        let Some(course) = self.course(id, w) else { return Verdict::Ended(EndReason::Moved) };
        let raised = case.is_raised();
        let memory = &mut case.memory;
        if memory.points.back().is_some_and(|(last, ..)| w.now - *last < COURSE_KEPT_EVERY) {
            return if raised { Verdict::Continues } else { Verdict::Paused };
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
            return Verdict::Ended(EndReason::Moved);
        }
        let turns = memory.sum_deg.abs() / 360.0;
        memory.most = memory.most.max(turns);
        let mut c = w.conditions();
        c.at_least(TURNS, self.turns, || turns);
        c.is(RADIUS, || self.is_confined(&memory.points));
        if !raised && !c.decide() {
            // What is not yet circling began with the oldest point that counts.
            case.since = case.memory.points.front().map_or(case.since, |(first, ..)| *first);
            return Verdict::Continues;
        }
        Verdict::Fulfilled
    }

    fn doubt(&self, id: TrackId, _held: &Case<Turns>, w: &World<'_>) -> Option<Reason> {
        let source = w.picture.flight(id).and_then(|flight| flight.source);
        (source == Some(AirSource::Mlat)).then_some(Reason::Multilateration)
    }

    fn statement(&self, id: TrackId, case: &Case<Turns>, picture: &Picture) -> Statement {
        let altitude = picture.altitude_ft(id, case.last);
        Statement {
            position: picture.track(id).fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                TURNS.measured(case.memory.most),
                WINDOW.measured(case.lasted()),
                MAX_ALTITUDE.measured_if_known(altitude.map(Height::from_ft)),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "has made {:.1} full turns in {}{}",
                case.memory.most,
                case.lasted().words(),
                height_words(altitude)
            ),
        }
    }
}
