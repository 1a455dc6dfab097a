//! How likely a contact is a track rather than another: the logarithm of the ratio, with the volumes in it, so that a
//! track about which little is known explains little.

use super::filter::Filter;
use super::mat2::Mat2;
use super::motion::Motion;
use crate::geodesy::{self, KN_MS};
use crate::model::{Position, Span, Time};
use crate::picture::Fix;

/// Where something is thought to be at a time, and how fast, by one source.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// How it moves.
    pub motion: &'static Motion,
    /// Where.
    pub position: Position,
    /// m², east and north.
    pub variance: Mat2,
    /// East and north, m/s, and the variance, m²/s².
    pub velocity: Option<([f64; 2], Mat2)>,
}

/// Beyond this squared distance a pair is none: three in ten thousand true pairs.
pub const GATE: f64 = 16.0;
/// An AIS position older than this explains nothing new.
pub const AIS_FRESH: Span = Span::from_secs(180);
/// AIS positions, m; the antenna is not where the radar sees the hull.
const AIS_M: f64 = 10.0;
/// The share of a sensor's variance that does not average out.
const STAYS: f64 = 0.5;
const STILL_KN: f64 = 1.0;

impl State {
    /// By what a craft told of itself, carried to a time. `length_m` of the hull.
    pub fn of_report(fix: &Fix, motion: &'static Motion, length_m: Option<u16>, time: Time) -> State {
        let age = (time - fix.time).secs().abs();
        let hull = length_m.map_or(motion.hull, |l| f64::from(l) / 3.0).max(motion.hull);
        let still = fix.sog_kn().is_some_and(|kn| kn < STILL_KN);
        let change = if still { motion.starts } else { motion.manoeuvre };
        let moved = motion.unsteady * age + change * age * age / 2.0;
        let velocity = fix.velocity_kn().map(|[east, north]| {
            let sigma = motion.unsteady + change * age;
            ([east * KN_MS, north * KN_MS], Mat2::round(sigma * sigma))
        });
        // One that does not say how it moves is somewhere within a craft's way.
        let moved = if velocity.is_some() { moved } else { moved + motion.way * age };
        let variance = Mat2::round(AIS_M * AIS_M + hull * hull + moved * moved);
        State { motion, position: fix.carried_to(time), variance, velocity }
    }

    /// By what a sensor makes of a target, carried to a time. A sensor that smooths tells errors that stay: they do
    /// not average out as the filter believes.
    pub fn of_sighting(filter: &Filter, newest: Mat2, time: Time) -> State {
        let state = State::of_filter(filter, time);
        State { variance: state.variance.plus(newest.times(STAYS)), ..state }
    }

    /// For a pair that stands: it may be further apart before it is none.
    pub fn doubled(self) -> State {
        State { variance: self.variance.times(2.0), ..self }
    }

    /// By a filter, carried to a time.
    pub fn of_filter(filter: &Filter, time: Time) -> State {
        let (position, variance) = filter.carried_to(time);
        let grown = filter.motion.manoeuvre * (time - filter.time).secs().abs();
        let velocity = (filter.velocity(), filter.velocity_variance().plus(Mat2::round(grown * grown)));
        State {
            position,
            variance: variance.plus(Mat2::round(filter.motion.hull * filter.motion.hull)),
            velocity: Some(velocity),
            motion: filter.motion,
        }
    }
}

/// How much more likely two states at one time are of one craft than of two; `None` beyond the gate.
pub fn likeness(a: &State, b: &State) -> Option<f64> {
    let off = geodesy::offset_m(a.position.lon_lat(), b.position.lon_lat());
    let variance = a.variance.plus(b.variance);
    let distance2 = variance.distance2(off);
    if distance2 > GATE {
        return None;
    }
    let mut score = ratio(distance2, variance, a.motion.others);
    if let (Some((u, var_u)), Some((v, var_v))) = (a.velocity, b.velocity) {
        let variance = var_u.plus(var_v);
        let distance2 = variance.distance2([u[0] - v[0], u[1] - v[1]]);
        // One turn may mislead both: a velocity alone refutes so much and no more.
        score += ratio(distance2, variance, a.motion.other_velocities).max(-GATE);
    }
    Some(score)
}

fn ratio(distance2: f64, variance: Mat2, others: f64) -> f64 {
    let density = 1.0 / (2.0 * std::f64::consts::PI * variance.determinant().max(1e-12).sqrt());
    libm::log(density / others) - distance2 / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::motion::SEA;
    use super::*;
    use crate::model::Kinematics;

    fn fix(sog: f64, cog: f64) -> Fix {
        let k = Kinematics { sog_kn: Some(sog), cog_deg: Some(cog), ..Kinematics::default() };
        Fix::new(Time::from_secs(1_000_000), Position::new(-59.5, 13.0).unwrap(), &k)
    }

    fn seen(off_m: [f64; 2], velocity: [f64; 2]) -> State {
        State {
            motion: &SEA,
            position: geodesy::moved_m(Position::new(-59.5, 13.0).unwrap(), off_m),
            variance: Mat2::round(2500.0),
            velocity: Some((velocity, Mat2::round(0.5))),
        }
    }

    #[test]
    fn near_and_moving_alike() {
        let ais = |age: i64| State::of_report(&fix(10.0, 90.0), &SEA, None, Time::from_secs(1_000_000 + age));
        let with = |off: [f64; 2], v: [f64; 2]| likeness(&ais(0), &seen(off, v));
        assert!(with([40.0, 0.0], [5.1, 0.0]).unwrap() > 5.0);
        assert!(with([40.0, 0.0], [-5.1, 0.0]).unwrap() < 0.0, "the other way");
        assert_eq!(with([400.0, 0.0], [5.1, 0.0]), None, "beyond the gate");
    }

    #[test]
    fn an_old_track_explains_nothing() {
        let at = |age: i64| {
            let time = Time::from_secs(1_000_000 + age);
            let ais = State::of_report(&fix(0.0, 0.0), &SEA, None, time);
            likeness(&ais, &seen([60.0, 0.0], [0.0, 0.0])).unwrap()
        };
        assert!(at(0) > at(60) && at(60) > at(180) && at(12 * 3600) < 0.0);
    }
}
