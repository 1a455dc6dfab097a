//! Position and accuracy of a range and bearing.

use crate::geodesy::{bearing_deg, distance_m, moved_m, velocity};
use crate::model::{Accuracy, Position, Radar};

/// Variance that rounding to a step adds, over the step squared: the error is uniform over one step.
const ROUNDING: f64 = 1.0 / 12.0;

/// Returns the position at a range and a true bearing from a site.
pub(in crate::wire) fn position(site: Position, range_m: f64, bearing_deg: f64) -> Position {
    moved_m(site, velocity(range_m, bearing_deg))
}

/// Returns the accuracy of a range and bearing that were written in these steps (metres, degrees).
pub(super) fn accuracy(
    radar: &Radar,
    range_m: f64,
    bearing_deg: f64,
    [range_step_m, bearing_step_deg]: [f64; 2],
) -> Accuracy {
    let with_step = |sigma: f64, step: f64| (sigma * sigma + step * step * ROUNDING).sqrt();
    Accuracy {
        along_m: with_step(radar.range_sigma_m, range_step_m) as f32,
        across_m: (range_m * with_step(radar.bearing_sigma_deg, bearing_step_deg).to_radians()) as f32,
        axis_deg: bearing_deg as f32,
    }
}

/// Returns the accuracy of a position that a radar at a site measured and that was written in this step, metres.
pub(in crate::wire) fn accuracy_at(radar: &Radar, site: Position, at: Position, step_m: f64) -> Accuracy {
    let range_m = distance_m(site, at);
    let mut accuracy = accuracy(radar, range_m, bearing_deg(site.lon_lat(), at.lon_lat()), [step_m, 0.0]);
    let rounding_m2 = (step_m * step_m * ROUNDING) as f32;
    accuracy.across_m = (accuracy.across_m * accuracy.across_m + rounding_m2).sqrt();
    accuracy
}
