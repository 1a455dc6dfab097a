//! A Kalman filter of position and velocity: nearly constant velocity, white-noise acceleration
//! (Bar-Shalom, Li, Kirubarajan: Estimation with Applications to Tracking and Navigation, 2001, section 6.2.2).

use serde::{Deserialize, Serialize};

use super::{Mat2, Motion};
use crate::geodesy::{self, KN_MS};
use crate::model::{Position, Time};

/// Beyond this squared mean of the residuals (two degrees of freedom, one in a thousand) the target turns.
const ONE_SIDED: f64 = 13.8;
/// Distance from its origin at which the local plane is laid anew, metres.
const PLANE_REACH_M: f64 = 10_000.0;

/// A measurement of position, and of velocity where the sensor gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Time of the measurement.
    pub time: Time,
    /// Position.
    pub position: Position,
    /// Variance of the position, m², east and north.
    pub variance: Mat2,
    /// Velocity, east and north, m/s, and its standard deviation, where it is measured.
    pub velocity: Option<([f64; 2], f64)>,
}

/// An estimate of position and velocity with their covariance, in a local plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KalmanFilter {
    origin: Position,
    /// Motion model.
    #[serde(with = "super::motion::by_name")]
    pub motion: &'static Motion,
    /// Time of the newest measurement.
    pub time: Time,
    at: [f64; 2],
    velocity: [f64; 2],
    /// Variance of the position, m².
    pp: Mat2,
    /// Covariance of position and velocity, m²/s.
    pv: Mat2,
    /// Variance of the velocity, m²/s².
    vv: Mat2,
    /// Exponential mean of the residuals, each in its own standard deviations.
    mean_residual: [f64; 2],
}

impl KalmanFilter {
    /// Makes a filter of a first measurement; `told` is a velocity that its sensor knows already, m/s.
    pub fn new(first: &Measurement, told: Option<[f64; 2]>, motion: &'static Motion) -> KalmanFilter {
        let sigma = if told.is_some() { motion.told_velocity } else { motion.any_velocity };
        let (velocity, sigma) = first.velocity.unwrap_or((told.unwrap_or_default(), sigma));
        KalmanFilter {
            origin: first.position,
            motion,
            time: first.time,
            at: [0.0; 2],
            velocity,
            pp: first.variance,
            pv: Mat2::default(),
            vv: Mat2::round(sigma * sigma),
            mean_residual: [0.0; 2],
        }
    }

    /// Returns the position.
    pub fn position(&self) -> Position {
        geodesy::moved_m(self.origin, self.at)
    }

    /// Returns the velocity, east and north, m/s.
    pub fn velocity(&self) -> [f64; 2] {
        self.velocity
    }

    /// Returns the variance of the position, m².
    pub fn variance(&self) -> Mat2 {
        self.pp
    }

    /// Returns the variance of the velocity, m²/s².
    pub fn velocity_variance(&self) -> Mat2 {
        self.vv
    }

    /// Returns speed over ground in knots and course in degrees true, each once the velocity is sure enough.
    pub fn course(&self) -> (Option<f64>, Option<f64>) {
        let [east, north] = self.velocity;
        let (speed, sigma) = (libm::hypot(east, north), self.vv.radius());
        let kn = (sigma < self.motion.sure).then(|| speed / KN_MS);
        let course = (kn.is_some() && speed > sigma)
            .then(|| geodesy::normal_deg(libm::atan2(east, north).to_degrees()));
        (kn, course)
    }

    /// Returns the position predicted for a time (before or after), and its variance then.
    pub fn carried_to(&self, time: Time) -> (Position, Mat2) {
        let s = (time - self.time).secs();
        let on = [self.at[0] + self.velocity[0] * s, self.at[1] + self.velocity[1] * s];
        (geodesy::moved_m(self.origin, on), self.spread(s, self.motion.steady))
    }

    /// Returns the variance of the position seconds on, or back.
    fn spread(&self, s: f64, noise: f64) -> Mat2 {
        let cross = self.pv.plus(self.pv.transposed()).times(s);
        let grown = self.pp.plus(cross).plus(self.vv.times(s * s));
        grown.plus(Mat2::round(noise * s.abs() * s * s / 3.0))
    }

    /// Returns the normalised innovation squared (NIS) of a measurement: its squared Mahalanobis distance from the
    /// prediction.
    pub fn nis(&self, m: &Measurement) -> f64 {
        let s = (m.time - self.time).secs();
        self.spread(s, self.motion.steady).plus(m.variance).distance2(self.residual(self.in_plane(m), s))
    }

    /// Returns how far a measurement is from the newest position, metres.
    pub fn step_m(&self, m: &Measurement) -> f64 {
        let [east, north] = self.residual(self.in_plane(m), 0.0);
        libm::sqrt(east * east + north * north)
    }

    /// Returns a measurement's position in the local plane.
    fn in_plane(&self, m: &Measurement) -> [f64; 2] {
        geodesy::offset_m(self.origin.lon_lat(), m.position.lon_lat())
    }

    /// Returns the residual (innovation): a measured position less that predicted seconds on, metres.
    fn residual(&self, seen: [f64; 2], s: f64) -> [f64; 2] {
        std::array::from_fn(|i| seen[i] - (self.at[i] + self.velocity[i] * s))
    }

    /// Applies a measurement no older than the newest one. Returns its NIS.
    pub fn update(&mut self, m: &Measurement) -> f64 {
        let (s, mut seen) = ((m.time - self.time).secs(), self.in_plane(m));
        let (variance, residual) =
            (self.spread(s, self.motion.steady).plus(m.variance), self.residual(seen, s));
        let nis = variance.distance2(residual);
        let white = variance.whitened(residual);
        self.mean_residual = std::array::from_fn(|i| {
            self.motion.memory * self.mean_residual[i] + (1.0 - self.motion.memory) * white[i]
        });
        // The mean of independent residuals varies by this much less than one of them.
        let one_sided = (self.mean_residual[0] * self.mean_residual[0]
            + self.mean_residual[1] * self.mean_residual[1])
            * (1.0 + self.motion.memory)
            / (1.0 - self.motion.memory);
        self.predict(m.time, if one_sided > ONE_SIDED { self.motion.turning } else { self.motion.steady });
        if libm::hypot(self.at[0], self.at[1]) > PLANE_REACH_M {
            (self.origin, self.at) = (self.position(), [0.0; 2]);
            seen = self.in_plane(m);
        }
        let weight = self.pp.plus(m.variance).inverse();
        let (to_position, to_velocity) = (self.pp.of(weight), self.pv.transposed().of(weight));
        self.correct([seen[0] - self.at[0], seen[1] - self.at[1]], to_position, to_velocity);
        (self.vv, self.pv, self.pp) = (
            self.vv.minus(to_velocity.of(self.pv)).symmetric(),
            self.pv.minus(to_position.of(self.pv)),
            self.pp.minus(to_position.of(self.pp)).symmetric(),
        );
        if let Some((velocity, sigma)) = m.velocity {
            self.update_velocity(velocity, sigma);
        }
        nis
    }

    fn update_velocity(&mut self, velocity: [f64; 2], sigma: f64) {
        let weight = self.vv.plus(Mat2::round(sigma * sigma)).inverse();
        let (to_position, to_velocity) = (self.pv.of(weight), self.vv.of(weight));
        let residual = [velocity[0] - self.velocity[0], velocity[1] - self.velocity[1]];
        self.correct(residual, to_position, to_velocity);
        (self.pp, self.pv, self.vv) = (
            self.pp.minus(to_position.of(self.pv.transposed())).symmetric(),
            self.pv.minus(to_position.of(self.vv)),
            self.vv.minus(to_velocity.of(self.vv)).symmetric(),
        );
    }

    fn correct(&mut self, residual: [f64; 2], to_position: Mat2, to_velocity: Mat2) {
        let (p, v) = (to_position.on(residual), to_velocity.on(residual));
        self.at = [self.at[0] + p[0], self.at[1] + p[1]];
        self.velocity = [self.velocity[0] + v[0], self.velocity[1] + v[1]];
    }

    fn predict(&mut self, time: Time, noise: f64) {
        let s = (time - self.time).secs().max(0.0);
        self.at = [self.at[0] + self.velocity[0] * s, self.at[1] + self.velocity[1] * s];
        self.pp = self.spread(s, noise);
        self.pv = self.pv.plus(self.vv.times(s)).plus(Mat2::round(noise * s * s / 2.0));
        self.vv = self.vv.plus(Mat2::round(noise * s));
        self.time = time.max(self.time);
    }
}

#[cfg(test)]
mod tests {
    use super::super::SEA;
    use super::*;
    use proptest::prelude::*;

    fn start() -> Position {
        Position::new(-59.5, 13.0).unwrap()
    }

    fn measure(secs: i64, position: Position, sigma: f64) -> Measurement {
        let time = Time::from_secs(1_000_000 + secs);
        Measurement { time, position, variance: Mat2::round(sigma * sigma), velocity: None }
    }

    /// A small generator of noise of about unit deviation: sums of a counter's scrambled bits.
    fn noise(n: u64) -> f64 {
        let bits = |k: u64| {
            let x = (n * 4 + k).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((x ^ (x >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1u64 << 53) as f64
        };
        (bits(0) + bits(1) + bits(2) + bits(3) - 2.0) * 1.732
    }

    proptest! {
        /// On a steady course it is better than its measurements, and says honestly how good it is.
        #[test]
        fn a_steady_course(course in 0.0..360.0f64, kn in 0.0..40.0f64, sigma in 20.0..300.0f64, seed in 0u64..1000) {
            let v = geodesy::velocity(kn * KN_MS, course);
            let truth = |s: f64| geodesy::moved_m(start(), [v[0] * s, v[1] * s]);
            let seen = |i: i64| {
                let n = [noise(seed * 5000 + i as u64 * 2), noise(seed * 5000 + i as u64 * 2 + 1)];
                measure(i * 3, geodesy::moved_m(truth(i as f64 * 3.0), [n[0] * sigma, n[1] * sigma]), sigma)
            };
            let mut filter = KalmanFilter::new(&seen(0), None, &SEA);
            let (mut own2, mut theirs2, mut honest) = (0.0, 0.0, 0.0);
            for i in 1..200 {
                let m = seen(i);
                filter.update(&m);
                if i >= 50 {
                    let at = truth(i as f64 * 3.0);
                    let off = geodesy::offset_m(at.lon_lat(), filter.position().lon_lat());
                    own2 += off[0] * off[0] + off[1] * off[1];
                    honest += filter.variance().distance2(off) / 150.0;
                    theirs2 += libm::pow(geodesy::distance_m(at, m.position), 2.0);
                }
            }
            prop_assert!(own2 < 0.8 * theirs2, "{own2} {theirs2}");
            prop_assert!((0.2..6.0).contains(&honest), "mean squared distance {honest}, two expected");
        }
    }

    #[test]
    fn a_turn_is_followed() {
        let mut filter = KalmanFilter::new(&measure(0, start(), 30.0), None, &SEA);
        let mut at = start();
        for i in 1..200 {
            let course = if i < 100 { 90.0 } else { 0.0 };
            at = geodesy::moved_m(at, geodesy::velocity(12.0 * 3.0, course));
            filter.update(&measure(i * 3, at, 30.0));
            let off = geodesy::distance_m(at, filter.position());
            assert!(off < if (100..108).contains(&i) { 200.0 } else { 80.0 }, "{i} {off}");
        }
        let (kn, course) = filter.course();
        assert!(
            (kn.unwrap() - 12.0 / KN_MS).abs() < 1.0
                && geodesy::angle_between_deg(course.unwrap(), 0.0) < 3.0
        );
    }

    #[test]
    fn far_from_its_origin_it_lays_a_new_plane() {
        let mut filter = KalmanFilter::new(&measure(0, start(), 10.0), Some([15.0, 0.0]), &SEA);
        for i in 1..2000 {
            let at = geodesy::moved_m(start(), [15.0 * i as f64 * 3.0, 0.0]);
            filter.update(&measure(i * 3, at, 10.0));
            assert!(geodesy::distance_m(at, filter.position()) < 30.0, "{i}");
        }
    }
}
