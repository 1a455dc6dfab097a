//! Fixes: positions of a track with time, speed and course.

use serde::{Deserialize, Serialize};

use crate::geodesy;
use crate::model::{Kinematics, Position, Time};

/// Number that stands for an unknown speed, course or heading.
pub(super) const UNKNOWN: u16 = u16::MAX;

/// Speed up to which a vessel off its heading may be carried, tenths of a knot.
const CARRIED_TENTHS: u16 = 60;
/// Angle of the course from the heading, and from its reverse, above which a vessel may be carried, tenths of a degree.
const CARRIED_ANGLE_TENTHS: u16 = 200;

/// A position of a track with its time, speed, course and heading: 24 bytes, in tenths as AIS has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Report time.
    pub time: Time,
    /// Position.
    pub position: Position,
    pub(super) sog_tenths: u16,
    cog_tenths: u16,
    heading: u16,
    /// Position accuracy flag as sent: 10 m or better (M.1371-5 table 48). For display alone, and not saved.
    #[serde(skip)]
    pub accurate: bool,
}

impl Fix {
    /// Makes a fix of a report that has a position.
    pub fn new(time: Time, position: Position, k: &Kinematics) -> Fix {
        let tenths =
            |v: Option<f64>| v.map_or(UNKNOWN, |v| libm::round(v * 10.0).clamp(0.0, 65_000.0) as u16);
        Fix {
            time,
            position,
            sog_tenths: tenths(k.sog_kn),
            cog_tenths: tenths(k.cog_deg),
            heading: tenths(k.heading_deg),
            accurate: false,
        }
    }

    /// Returns the speed over ground, knots.
    pub fn sog_kn(&self) -> Option<f64> {
        known_tenths(self.sog_tenths)
    }

    /// Returns the course over ground, degrees true.
    pub fn cog_deg(&self) -> Option<f64> {
        known_tenths(self.cog_tenths)
    }

    /// Returns the heading, degrees true.
    pub fn heading_deg(&self) -> Option<f64> {
        known_tenths(self.heading)
    }

    /// Returns the position carried on (dead reckoned) to a time; the same position where speed or course is unknown.
    pub fn carried_to(&self, time: Time) -> Position {
        match (self.sog_kn(), self.cog_deg()) {
            (Some(sog), Some(cog)) if sog > 0.0 && time != self.time => {
                geodesy::dead_reckoned(self.position, sog, cog, time - self.time)
            }
            _ => self.position,
        }
    }

    /// Returns whether wind or current may carry the vessel: by its own word it moves at up to 6 kn, more than 20° off its heading
    /// and off the reverse of it.
    pub fn may_be_carried(&self) -> bool {
        let is_known = self.cog_tenths != UNKNOWN && self.heading != UNKNOWN;
        let apart = self.cog_tenths.abs_diff(self.heading) % 1800;
        let off = apart.min(1800 - apart);
        is_known && (1..=CARRIED_TENTHS).contains(&self.sog_tenths) && off > CARRIED_ANGLE_TENTHS
    }

    /// Returns the velocity, east and north, knots; `None` where it is unknown.
    pub fn velocity_kn(&self) -> Option<[f64; 2]> {
        match (self.sog_kn()?, self.cog_deg()) {
            (sog, Some(cog)) => Some(geodesy::velocity(sog, cog)),
            (sog, None) if sog < 0.5 => Some([0.0, 0.0]),
            _ => None,
        }
    }
}

fn known_tenths(tenths: u16) -> Option<f64> {
    (tenths != UNKNOWN).then(|| f64::from(tenths) / 10.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_vessel_may_be_carried_where_its_course_is_off_its_heading_and_off_the_reverse(
            sog in prop::option::of(0u16..80), cog in prop::option::of(0u16..3600), heading in prop::option::of(0u16..3600),
        ) {
            let tenths = |n: Option<u16>| n.map(|n| f64::from(n) / 10.0);
            let k = Kinematics { position: None, sog_kn: tenths(sog), cog_deg: tenths(cog), heading_deg: tenths(heading) };
            let expected = match (k.sog_kn, k.cog_deg, k.heading_deg) {
                (Some(sog), Some(cog), Some(heading)) => {
                    let angle = geodesy::angle_between_deg(cog, heading);
                    sog > 0.0 && sog <= 6.0 && angle.min(180.0 - angle) > 20.0 + 1e-9
                }
                _ => false,
            };
            prop_assert_eq!(Fix::new(Time(0), Position::default(), &k).may_be_carried(), expected);
        }
    }
}
