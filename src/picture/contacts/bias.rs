//! Registration: what a radar's range and bearing are off by, learnt from vessels that carry AIS.

use serde::{Deserialize, Serialize};

use crate::geodesy::{self, NM_M};
use crate::model::{Position, TrackId};

/// Nearer than this bearings mean little; further, a vessel's size does not matter.
const FROM_M: f64 = NM_M;
/// One comparison moves the estimate by at most this share.
const WEIGHT: f64 = 1.0 / 300.0;
/// A difference over these is a wrong pair, not a bias: metres, degrees.
const MOST_M: f64 = 600.0;
const MOST_DEG: f64 = 4.0;
/// It is applied after so many comparisons, with so many vessels.
const COMPARISONS: u32 = 30;
const VESSELS: usize = 3;
/// What an unknown bias may be, one standard deviation: metres, degrees.
const UNKNOWN_M: f64 = 60.0;
const UNKNOWN_DEG: f64 = 0.7;
/// What is left of a known one.
const KNOWN_M: f64 = 15.0;
const KNOWN_DEG: f64 = 0.1;

/// A radar's registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bias {
    /// How much further it puts things than they are, metres.
    pub range_m: f64,
    /// How much further clockwise, degrees.
    pub bearing_deg: f64,
    /// Comparisons so far.
    pub comparisons: u32,
    vessels: [TrackId; VESSELS],
    known: usize,
}

impl Bias {
    /// Whether it is applied.
    pub fn is_known(&self) -> bool {
        self.comparisons >= COMPARISONS && self.known == VESSELS
    }

    /// A position as the radar should have put it.
    pub fn corrected(&self, site: Position, seen: Position) -> Position {
        if !self.is_known() {
            return seen;
        }
        let [east, north] = geodesy::offset_m(site.lon_lat(), seen.lon_lat());
        let range = libm::sqrt(east * east + north * north).max(1.0);
        let [sin, cos] = geodesy::velocity((range - self.range_m) / range, self.bearing_deg);
        geodesy::moved_m(site, [east * cos - north * sin, north * cos + east * sin])
    }

    /// How unsure the registration leaves a position: standard deviations in range and across it, metres.
    pub fn doubt_m(&self, range_m: f64) -> [f64; 2] {
        let [metres, degrees] = if self.is_known() { [KNOWN_M, KNOWN_DEG] } else { [UNKNOWN_M, UNKNOWN_DEG] };
        [metres, degrees.to_radians() * range_m]
    }

    /// A vessel that AIS puts `truly` there was `seen` there.
    pub fn compare(&mut self, vessel: TrackId, site: Position, seen: Position, truly: Position) {
        let (range, bearing) = geodesy::range_and_bearing(site, truly);
        let (seen_range, seen_bearing) = geodesy::range_and_bearing(site, seen);
        let off_m = seen_range - range;
        let off_deg = geodesy::normal_deg(seen_bearing - bearing + 180.0) - 180.0;
        if range < FROM_M || off_m.abs() > MOST_M || off_deg.abs() > MOST_DEG {
            return;
        }
        if self.known < VESSELS && !self.vessels[..self.known].contains(&vessel) {
            self.vessels[self.known] = vessel;
            self.known += 1;
        }
        self.comparisons = self.comparisons.saturating_add(1);
        let weight = WEIGHT.max(1.0 / f64::from(self.comparisons));
        self.range_m += weight * (off_m - self.range_m);
        self.bearing_deg += weight * (off_deg - self.bearing_deg);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_what_it_is_off_by_and_takes_it_away() {
        let site = Position::new(-59.43, 13.16).unwrap();
        let mut bias = Bias::default();
        for i in 0..200u32 {
            let truly = geodesy::moved_m(
                site,
                geodesy::velocity(8000.0 + 40.0 * f64::from(i), 40.0 + f64::from(i % 5) * 30.0),
            );
            let bearing = geodesy::bearing_deg(site.lon_lat(), truly.lon_lat()) + 1.2;
            let seen =
                geodesy::moved_m(site, geodesy::velocity(geodesy::distance_m(site, truly) + 90.0, bearing));
            assert_eq!(bias.is_known(), i >= 30);
            bias.compare(TrackId::new(i % 5, 0), site, seen, truly);
            if i > 100 {
                assert!(geodesy::distance_m(bias.corrected(site, seen), truly) < 20.0);
            }
        }
        assert!((bias.range_m - 90.0).abs() < 3.0 && (bias.bearing_deg - 1.2).abs() < 0.02, "{bias:?}");
        let before = bias;
        bias.compare(
            TrackId::new(9, 0),
            site,
            geodesy::moved_m(site, [20_000.0, 0.0]),
            geodesy::moved_m(site, [0.0, 20_000.0]),
        );
        assert_eq!(bias, before, "a wrong pair teaches nothing");
    }

    #[test]
    fn one_vessel_is_not_enough() {
        let site = Position::new(-59.43, 13.16).unwrap();
        let (truly, seen) = (geodesy::moved_m(site, [9000.0, 0.0]), geodesy::moved_m(site, [9100.0, 0.0]));
        let mut bias = Bias::default();
        (0..100).for_each(|_| bias.compare(TrackId::new(1, 0), site, seen, truly));
        assert!(!bias.is_known());
        assert_eq!(bias.corrected(site, seen), seen);
    }
}
