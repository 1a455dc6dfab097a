//! Fixes: positions of a track with time, speed and course.

use serde::{Deserialize, Serialize};

use crate::geodesy;
use crate::model::{Kinematics, Position, Time};

/// Number that stands for an unknown speed, course or heading.
pub(super) const UNKNOWN: u16 = u16::MAX;

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
            (Some(sog), Some(cog)) if sog > 0.0 => {
                geodesy::dead_reckoned(self.position, sog, cog, time - self.time)
            }
            _ => self.position,
        }
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
