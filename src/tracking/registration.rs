//! Registration: the constant errors of a radar in range and bearing, learnt from vessels that carry AIS.

use serde::{Deserialize, Serialize};

use super::Tracker;
use crate::geodesy::{self, NM_M};
use crate::model::{Position, SensorTrackId, TrackId, TransponderClass};
use crate::tracks::Track;

/// Range from which on a vessel is compared, metres: nearer, bearings mean little and her size matters.
const FROM_M: f64 = NM_M;
/// Share by which one comparison moves the estimate at most, in the long run.
const WEIGHT: f64 = 1.0 / 300.0;
/// Differences beyond which two positions are of two craft: metres, degrees.
const MOST_M: f64 = 600.0;
const MOST_DEG: f64 = 4.0;
/// Comparisons and vessels after which the registration is applied.
const COMPARISONS: u32 = 30;
const VESSELS: usize = 3;
/// Standard deviation of an unknown registration error: metres, degrees.
const UNKNOWN_M: f64 = 60.0;
const UNKNOWN_DEG: f64 = 0.7;
/// Standard deviation of the error that a known registration leaves: metres, degrees.
const KNOWN_M: f64 = 15.0;
const KNOWN_DEG: f64 = 0.1;

/// A radar's registration: how far it puts targets off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Error in range, metres: positive where targets are put too far.
    pub range_m: f64,
    /// Error in bearing, degrees: positive where targets are put too far clockwise.
    pub bearing_deg: f64,
    /// Count of comparisons.
    pub comparisons: u32,
    vessels: [TrackId; VESSELS],
    known: usize,
}

impl Registration {
    /// Returns whether it is applied: it rests on enough comparisons and vessels.
    pub fn is_known(&self) -> bool {
        self.comparisons >= COMPARISONS && self.known == VESSELS
    }

    /// Returns a position with the error removed.
    pub fn corrected(&self, site: Position, seen: Position) -> Position {
        if !self.is_known() {
            return seen;
        }
        let [east, north] = geodesy::offset_m(site.lon_lat(), seen.lon_lat());
        let range = libm::sqrt(east * east + north * north).max(1.0);
        let [sin, cos] = geodesy::velocity((range - self.range_m) / range, self.bearing_deg);
        geodesy::moved_m(site, [east * cos - north * sin, north * cos + east * sin])
    }

    /// Returns the standard deviations that the registration leaves in range and across it, metres.
    pub fn sigma_m(&self, range_m: f64) -> [f64; 2] {
        let [metres, degrees] = if self.is_known() { [KNOWN_M, KNOWN_DEG] } else { [UNKNOWN_M, UNKNOWN_DEG] };
        [metres, degrees.to_radians() * range_m]
    }

    /// Compares where a radar detected a vessel (`seen`) with where AIS puts her (`truly`).
    pub fn compare(&mut self, vessel: TrackId, site: Position, seen: Position, truly: Position) {
        let (range, bearing) = geodesy::range_and_bearing(site, truly);
        let (seen_range, seen_bearing) = geodesy::range_and_bearing(site, seen);
        let error_m = seen_range - range;
        let error_deg = geodesy::normal_deg(seen_bearing - bearing + 180.0) - 180.0;
        if range < FROM_M || error_m.abs() > MOST_M || error_deg.abs() > MOST_DEG {
            return;
        }
        if self.known < VESSELS && !self.vessels[..self.known].contains(&vessel) {
            self.vessels[self.known] = vessel;
            self.known += 1;
        }
        self.comparisons = self.comparisons.saturating_add(1);
        let weight = WEIGHT.max(1.0 / f64::from(self.comparisons));
        self.range_m += weight * (error_m - self.range_m);
        self.bearing_deg += weight * (error_deg - self.bearing_deg);
    }
}

/// Detections after which the mean NIS of a sensor track means something.
const STEADY_AFTER_UPDATES: u32 = 60;
/// Share by which one cycle of one vessel on AIS moves the mean NIS of her sensor.
const MEAN_NIS_SHARE: f64 = 0.01;

/// Learns from a sensor track that feeds a track on AIS: the sensor's registration, and the mean NIS of a craft at it.
pub(super) fn learn(t: &mut Tracker<'_>, at: SensorTrackId, id: TrackId) {
    let ais = t.sensors.fused(id).and_then(|fused| fused.ais);
    let s = t.sensors.track(at);
    let (updates, mean_nis, last, raw) = (s.updates, s.mean_nis, s.last, s.raw);
    let sensor = t.sensors.sensor_mut(s.sensor);
    if updates >= STEADY_AFTER_UPDATES && ais.is_some() {
        sensor.mean_nis += MEAN_NIS_SHARE * (mean_nis - sensor.mean_nis);
    }
    if let (Some(site), Some(ais)) = (t.feeds.site(sensor.feed), ais)
        && let Some(fresh_s) = reference_age_s(t.tracks.track(id))
        && (last - ais.time).secs().abs() <= fresh_s
    {
        sensor.registration.compare(id, site, raw, ais.carried_to(last));
    }
}

/// Returns up to which age a track's own position is a reference for radars, seconds; `None` where it is none at all.
fn reference_age_s(track: &Track) -> Option<f64> {
    match track.class {
        TransponderClass::A => Some(10.0),
        TransponderClass::Aircraft if track.icao.is_some() => Some(3.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_learnt_and_removed() {
        let site = Position::new(-59.43, 13.16).unwrap();
        let mut bias = Registration::default();
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
        let mut bias = Registration::default();
        (0..100).for_each(|_| bias.compare(TrackId::new(1, 0), site, seen, truly));
        assert!(!bias.is_known());
        assert_eq!(bias.corrected(site, seen), seen);
    }
}
