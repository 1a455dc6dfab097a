//! Cadence: how often a station receives a track, as measured from its receipts alone.

use serde::{Deserialize, Serialize};

use crate::model::Span;

/// Number of intervals that must be measured before a silence means anything.
pub const INTERVALS_AT_LEAST: u16 = 10;
/// Share of one interval in the mean, as its reciprocal.
const MEAN_OF: i32 = 8;
/// Factor by which one interval may exceed the mean and still count in full: one outage does not change a habit.
const OUTLIER: u32 = 8;
/// Number of intervals after which the two longest pauses count a quarter less.
const FADES_EVERY: u16 = 256;
/// Factor by which a silence must exceed the second longest pause: what happened twice is a habit.
const BEYOND_PAUSE: f64 = 2.0;

/// Intervals between the receipts of one track by one station: eight bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cadence {
    /// Mean interval, tenths of a second.
    mean_tenths: u16,
    /// Number of intervals measured; goes on from [`FADES_EVERY`] after its greatest value.
    count: u16,
    /// The longest pauses lately, whole seconds.
    longest_s: u16,
    second_s: u16,
}

impl Cadence {
    /// Notes an interval between two receipts, whole seconds.
    pub fn note(&mut self, seconds: u32) {
        if seconds == 0 {
            return;
        }
        let tenths = seconds.saturating_mul(10).min(u32::from(u16::MAX));
        if self.count == 0 {
            self.mean_tenths = tenths as u16;
        } else {
            let mean = i32::from(self.mean_tenths);
            let counted = tenths.min(OUTLIER * u32::from(self.mean_tenths).max(1)) as i32;
            // Rounded away from the mean, so that the mean reaches a steady interval.
            let step = counted - mean;
            let share = (step + step.signum() * (MEAN_OF - 1)) / MEAN_OF;
            self.mean_tenths = (mean + share).clamp(1, i32::from(u16::MAX)) as u16;
        }
        self.count = self.count.checked_add(1).unwrap_or(FADES_EVERY);
        if self.count.is_multiple_of(FADES_EVERY) {
            (self.longest_s, self.second_s) =
                (self.longest_s - self.longest_s / 4, self.second_s - self.second_s / 4);
        }
        let pause = seconds.min(u32::from(u16::MAX)) as u16;
        if pause > self.longest_s {
            (self.longest_s, self.second_s) = (pause, self.longest_s);
        } else {
            self.second_s = self.second_s.max(pause);
        }
    }

    /// Returns the number of intervals measured; it goes on from [`FADES_EVERY`] after its greatest value.
    pub(super) fn intervals(&self) -> u16 {
        self.count
    }

    /// Returns the mean interval, seconds; `None` where too few intervals were measured.
    pub fn mean_s(&self) -> Option<f64> {
        (self.count >= INTERVALS_AT_LEAST).then(|| f64::from(self.mean_tenths) / 10.0)
    }

    /// Returns the shortest silence that this cadence does not explain: `factor` mean intervals, and twice the second longest
    /// pause. `None` where too few intervals were measured.
    pub fn unexplained(&self, factor: f64) -> Option<Span> {
        let pause_s = BEYOND_PAUSE * f64::from(self.second_s);
        self.mean_s().map(|mean_s| Span::from_secs_f64((factor * mean_s).max(pause_s)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(intervals: impl IntoIterator<Item = u32>) -> Cadence {
        let mut cadence = Cadence::default();
        intervals.into_iter().for_each(|seconds| cadence.note(seconds));
        cadence
    }

    fn unexplained_s(cadence: &Cadence) -> Option<f64> {
        cadence.unexplained(6.0).map(Span::secs)
    }

    #[test]
    fn a_few_receipts_are_no_cadence() {
        assert_eq!(size_of::<Cadence>(), 8);
        assert_eq!(unexplained_s(&heard([10; 9])), None);
        assert_eq!(unexplained_s(&heard([10; 10])), Some(60.0));
    }

    #[test]
    fn a_feed_that_passes_on_few_reports_has_intervals_of_an_hour() {
        let thinned = heard([3000, 1300, 5200, 2400, 3900, 4700, 1500, 3300, 2100, 5000, 2800, 4100]);
        let mean_s = thinned.mean_s().expect("measured");
        assert!((2500.0..4200.0).contains(&mean_s), "{mean_s}");
        assert!(unexplained_s(&thinned) > Some(4.0 * 3600.0), "{thinned:?}");
    }

    #[test]
    fn one_outage_is_no_habit_and_two_are() {
        let steady = || std::iter::repeat_n(10, 60);
        let once = heard(steady().chain([2700]).chain(steady()));
        assert!(unexplained_s(&once) < Some(120.0), "{once:?}");
        let twice = heard(steady().chain([2700]).chain(steady()).chain([2700]).chain(steady()));
        assert!(unexplained_s(&twice) >= Some(5400.0), "{twice:?}");
        let long_ago = heard([2700, 2700].into_iter().chain(std::iter::repeat_n(10, 256 * 16)));
        assert!(unexplained_s(&long_ago) < Some(120.0), "{long_ago:?}");
    }

    #[test]
    fn the_mean_follows_a_ship_that_weighs_anchor() {
        let mut cadence = heard([180; 40]);
        (0..40).for_each(|_| cadence.note(10));
        assert!(cadence.mean_s().is_some_and(|s| s <= 11.0), "{cadence:?}");
        (0..40).for_each(|_| cadence.note(180));
        assert!(cadence.mean_s().is_some_and(|s| s >= 179.0), "{cadence:?}");
    }
}
