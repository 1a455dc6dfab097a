//! Size of a track as radars see it.

use super::Track;

/// Share of the known size by which one detection changes it at most: one that is far off changes little, and many move it.
const SIZE_STEP: f64 = 0.1;
/// Difference between a detection and the known size that says nothing, metres and as a share of the size.
const SIZE_NOISE_M: f64 = 3.0;
const SIZE_NOISE: f64 = 0.15;
/// Steps of a size that may decide which rules are about a track, metres.
const SIZE_CLASS_M: u16 = 5;

impl Track {
    /// Notes the larger extent that a radar sees: radars see hulls larger and smaller from one detection to the next. Returns
    /// whether that changes the class of the known size.
    pub fn note_size(&mut self, size_m: f64) -> bool {
        let before = self.seen_m;
        let (known, most_m) = (f64::from(before), (f64::from(before) * SIZE_STEP).max(1.0));
        let off_m = size_m - known;
        if before == 0 {
            self.seen_m = libm::round(size_m).clamp(1.0, 1000.0) as u16;
        } else if off_m.abs() > SIZE_NOISE_M.max(known * SIZE_NOISE) {
            self.seen_m = libm::round(known + off_m.clamp(-most_m, most_m)).clamp(1.0, 1000.0) as u16;
        }
        before == 0 || before / SIZE_CLASS_M != self.seen_m / SIZE_CLASS_M
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Kinematics, Mmsi, Position, Time, TransponderClass};
    use crate::tracks::{Fix, Track};

    fn seen(sizes_m: &[f64]) -> u16 {
        let fix = Fix::new(Time(0), Position::default(), &Kinematics::default());
        let mut track = Track::new(Mmsi::NONE, TransponderClass::A, fix);
        sizes_m.iter().for_each(|size_m| {
            track.note_size(*size_m);
        });
        track.seen_m
    }

    #[test]
    fn one_detection_that_is_far_off_changes_little() {
        assert_eq!(seen(&[12.0, 13.0, 11.0, 12.0, 180.0]), 13);
        assert_eq!(seen(&[12.0, 180.0, 12.0, 12.0]), 13, "as noise allows");
        assert_eq!(seen(&[180.0; 1]), 180);
    }

    #[test]
    fn many_detections_move_the_size() {
        let mut sizes = vec![12.0];
        sizes.extend([180.0; 60]);
        assert!(seen(&sizes) > 150);
        let mut sizes = vec![180.0];
        sizes.extend([12.0; 60]);
        assert!(seen(&sizes) < 24);
    }
}
