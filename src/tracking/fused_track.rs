//! Fused tracks: one estimate from all sensors that feed a track and from its broadcasts, late measurements in their place.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{KalmanFilter, Measurement};
use crate::model::{Mmsi, SensorTrackId, Span, Time};
use crate::tracks::Fix;

/// Measurements that are remembered, among which a late one finds its place.
const RECENT: usize = 12;
/// Age up to which a late measurement is used.
const LATE_MOST: Span = Span::from_secs(60);
/// NIS beyond which a measurement is refused: it is not of this craft.
const REFUSED_NIS: f64 = 40.0;
/// Refused newer measurements in a row after which it is the estimate that is wrong: after a hard turn, or out of a merged
/// echo.
const DIVERGED_AFTER: u8 = 4;

/// The estimate of a track that sensors feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FusedTrack {
    filter: KalmanFilter,
    /// The newest measurements, oldest first, and the estimate before each.
    recent: VecDeque<(Measurement, KalmanFilter)>,
    /// The sensor tracks that feed it.
    pub(super) members: Vec<SensorTrackId>,
    /// Newest fix from AIS or ADS-B.
    pub ais: Option<Fix>,
    /// MMSI of the vessel on AIS that it separated from, and when it did; radars alone have detected it since.
    pub formerly: Option<(Mmsi, Time)>,
    /// Size of the resolution cell there, of the radar that detected it last, metres.
    pub cell_m: f64,
    /// Relative NIS when the last sensor left it.
    pub(super) relative_nis: f64,
    /// Count of measurements refused as not of this craft.
    pub refused: u32,
    /// Count of newer measurements refused in a row.
    refused_in_a_row: u8,
}

/// Result of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The estimate is newer.
    Newer,
    /// The estimate is better, not newer.
    InPlace,
    /// The measurement is not of this craft.
    Refused,
}

impl FusedTrack {
    pub(super) fn new(filter: KalmanFilter, member: SensorTrackId, ais: Option<Fix>) -> FusedTrack {
        FusedTrack {
            filter,
            recent: VecDeque::with_capacity(RECENT),
            members: vec![member],
            ais,
            formerly: None,
            cell_m: 0.0,
            relative_nis: 0.0,
            refused: 0,
            refused_in_a_row: 0,
        }
    }

    /// Returns the estimate.
    pub fn estimate(&self) -> &KalmanFilter {
        &self.filter
    }

    /// Returns the time of the newest measurement.
    pub fn time(&self) -> Time {
        self.filter.time
    }

    /// Applies a measurement. A late one is put where it belongs, and those after it are applied again.
    pub(super) fn update(&mut self, m: &Measurement) -> Outcome {
        if m.time >= self.filter.time {
            if self.filter.nis(m) > REFUSED_NIS {
                self.refused += 1;
                self.refused_in_a_row = self.refused_in_a_row.saturating_add(1);
                return Outcome::Refused;
            }
            self.refused_in_a_row = 0;
            self.keep(*m);
            return Outcome::Newer;
        }
        let at = self.recent.partition_point(|(old, _)| old.time <= m.time);
        let Some(&(_, before)) = self.recent.get(at) else { return Outcome::Refused };
        let in_place = at > 0 || before.time <= m.time;
        if !in_place || self.filter.time - m.time > LATE_MOST || before.nis(m) > REFUSED_NIS {
            self.refused += 1;
            return Outcome::Refused;
        }
        let mut again = [None; RECENT];
        let count = self.recent.len() - at;
        for (id, (old, _)) in again.iter_mut().zip(self.recent.drain(at..)) {
            *id = Some(old);
        }
        self.filter = before;
        self.keep(*m);
        for old in again.into_iter().take(count).flatten() {
            self.keep(old);
        }
        Outcome::InPlace
    }

    /// Returns whether the estimate refuses everything new.
    pub(super) fn has_diverged(&self) -> bool {
        self.refused_in_a_row >= DIVERGED_AFTER
    }

    /// Begins the estimate anew, with that of one sensor.
    pub(super) fn restart(&mut self, filter: KalmanFilter) {
        (self.filter, self.refused_in_a_row) = (filter, 0);
        self.recent.clear();
    }

    fn keep(&mut self, m: Measurement) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((m, self.filter));
        self.filter.update(&m);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mat2;
    use super::*;
    use crate::geodesy;
    use crate::model::Position;

    fn measure(secs: i64) -> Measurement {
        let jitter = if secs % 2 == 0 { 25.0 } else { -25.0 };
        let start = Position::new(-59.5, 13.0).unwrap();
        Measurement {
            time: Time::from_secs(1_000_000 + secs),
            position: geodesy::moved_m(start, [8.0 * secs as f64, jitter]),
            variance: Mat2::round(900.0),
            velocity: None,
        }
    }

    fn taken(order: &[i64]) -> FusedTrack {
        let mut fusion =
            FusedTrack::new(KalmanFilter::new(&measure(0), None, &super::super::SEA), SensorTrackId(0), None);
        order.iter().for_each(|&secs| assert_ne!(fusion.update(&measure(secs)), Outcome::Refused, "{secs}"));
        fusion
    }

    #[test]
    fn late_measurements_give_what_timely_ones_give() {
        let timely = taken(&[3, 6, 9, 12, 15, 18]);
        for order in [[3, 9, 6, 12, 15, 18], [3, 6, 12, 15, 18, 9], [6, 9, 12, 15, 18, 3]] {
            let late = taken(&order);
            assert_eq!(late.estimate(), timely.estimate(), "{order:?}");
        }
    }

    #[test]
    fn too_late_or_too_far_is_refused_and_counted() {
        let mut fusion = taken(&(1..40).collect::<Vec<i64>>());
        let before = *fusion.estimate();
        assert_eq!(fusion.update(&measure(2)), Outcome::Refused, "beyond what is remembered");
        let mut far = measure(41);
        far.position = geodesy::moved_m(far.position, [0.0, 3000.0]);
        assert_eq!(fusion.update(&far), Outcome::Refused);
        assert_eq!((*fusion.estimate(), fusion.refused), (before, 2));
    }

    #[test]
    fn an_estimate_that_refuses_everything_new_begins_anew() {
        let mut fusion = taken(&(1..40).collect::<Vec<i64>>());
        let beside = |secs: i64| Measurement {
            position: geodesy::moved_m(measure(40).position, [0.0, 1500.0]),
            ..measure(secs)
        };
        for secs in 41..44 {
            assert_eq!(fusion.update(&beside(secs)), Outcome::Refused);
            assert!(!fusion.has_diverged());
        }
        assert_eq!((fusion.update(&beside(44)), fusion.has_diverged()), (Outcome::Refused, true));
        fusion.restart(KalmanFilter::new(&beside(44), None, &super::super::SEA));
        assert_eq!((fusion.update(&beside(45)), fusion.has_diverged()), (Outcome::Newer, false));
        let one_off = beside(46);
        let far = Measurement { position: geodesy::moved_m(one_off.position, [0.0, 3000.0]), ..one_off };
        assert_eq!(fusion.update(&far), Outcome::Refused, "one alone is no new way");
        assert_eq!((fusion.update(&beside(47)), fusion.has_diverged()), (Outcome::Newer, false));
    }
}
