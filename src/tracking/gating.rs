//! Gating, and the association likelihood: the logarithm of the ratio of the likelihood that two states are of one craft to
//! that of two. The density of other craft is in it, so that a track about which little is known explains little
//! (a likelihood ratio score as in Blackman and Popoli, Design and Analysis of Modern Tracking Systems, 1999, chapter 6).

use super::{KalmanFilter, Mat2, Motion};
use crate::geodesy::{self, KN_MS};
use crate::model::{Position, Span, Time};
use crate::tracks::Fix;

/// A state: position and velocity at a time, with their variances, by one source.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Motion model.
    pub motion: &'static Motion,
    /// Position.
    pub position: Position,
    /// Variance of the position, m², east and north.
    pub variance: Mat2,
    /// Velocity, east and north, m/s, and its variance, m²/s².
    pub velocity: Option<([f64; 2], Mat2)>,
}

/// Gate: beyond this squared Mahalanobis distance two states are of two craft; three in ten thousand true pairs are.
pub const GATE: f64 = 16.0;
/// Age up to which a position on AIS takes part in association.
pub const AIS_FRESH: Span = Span::from_secs(180);
/// Standard deviation of a position on AIS that is compared with a sensor track, metres.
const AIS_STATE_SIGMA_M: f64 = 10.0;
/// Share of a sensor's variance that does not average out.
const CORRELATED_SHARE: f64 = 0.5;
/// Speed below which a craft lies still, knots.
const STILL_KN: f64 = 1.0;

impl State {
    /// Returns the state by a craft's own report, predicted for a time. `length_m` is that of the hull: the antenna is not
    /// where a radar detects it.
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
        // A craft that sends no velocity is somewhere within a craft's way.
        let moved = if velocity.is_some() { moved } else { moved + motion.way * age };
        let variance = Mat2::round(AIS_STATE_SIGMA_M * AIS_STATE_SIGMA_M + hull * hull + moved * moved);
        State { motion, position: fix.carried_to(time), variance, velocity }
    }

    /// Returns the state by a sensor track, predicted for a time. The errors of a sensor that smooths are correlated: they do
    /// not average out as the filter assumes.
    pub fn of_sensor_track(filter: &KalmanFilter, newest: Mat2, time: Time) -> State {
        let state = State::of_filter(filter, time);
        State { variance: state.variance.plus(newest.times(CORRELATED_SHARE)), ..state }
    }

    /// Returns the state with twice the variance: an existing assignment may be further off before it ends.
    pub fn doubled(self) -> State {
        State { variance: self.variance.times(2.0), ..self }
    }

    /// Returns the state by a filter, predicted for a time.
    pub fn of_filter(filter: &KalmanFilter, time: Time) -> State {
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

/// Returns the log-likelihood ratio that two states at one time are of one craft rather than two; `None` beyond the gate.
pub fn log_likelihood_ratio(a: &State, b: &State) -> Option<f64> {
    let residual = geodesy::offset_m(a.position.lon_lat(), b.position.lon_lat());
    let variance = a.variance.plus(b.variance);
    let distance2 = variance.distance2(residual);
    if distance2 > GATE {
        return None;
    }
    let mut score = ratio_of(distance2, variance, a.motion.others);
    if let (Some((u, var_u)), Some((v, var_v))) = (a.velocity, b.velocity) {
        let variance = var_u.plus(var_v);
        let distance2 = variance.distance2([u[0] - v[0], u[1] - v[1]]);
        // In a turn both velocities may be wrong: velocity alone refutes no more than this.
        score += ratio_of(distance2, variance, a.motion.other_velocities).max(-GATE);
    }
    Some(score)
}

fn ratio_of(distance2: f64, variance: Mat2, others: f64) -> f64 {
    let density = 1.0 / (2.0 * std::f64::consts::PI * variance.determinant().max(1e-12).sqrt());
    libm::log(density / others) - distance2 / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::SEA;
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
        let with = |off: [f64; 2], v: [f64; 2]| log_likelihood_ratio(&ais(0), &seen(off, v));
        assert!(with([40.0, 0.0], [5.1, 0.0]).unwrap() > 5.0);
        assert!(with([40.0, 0.0], [-5.1, 0.0]).unwrap() < 0.0, "the other way");
        assert_eq!(with([400.0, 0.0], [5.1, 0.0]), None, "beyond the gate");
    }

    #[test]
    fn an_old_track_explains_nothing() {
        let at = |age: i64| {
            let time = Time::from_secs(1_000_000 + age);
            let ais = State::of_report(&fix(0.0, 0.0), &SEA, None, time);
            log_likelihood_ratio(&ais, &seen([60.0, 0.0], [0.0, 0.0])).unwrap()
        };
        assert!(at(0) > at(60) && at(60) > at(180) && at(12 * 3600) < 0.0);
    }
}
