//! Motion models, at sea and in the air: how craft move, and how many others there are.

use crate::geodesy::NM_M;
use crate::tracks::Kind;

/// A motion model: what is known beforehand of how a craft moves, and how many others there are.
#[derive(Debug, PartialEq)]
pub struct Motion {
    /// Spectral density of the acceleration on a steady course, m²/s³.
    pub steady: f64,
    /// Spectral density of the acceleration in a turn, m²/s³.
    pub turning: f64,
    /// Share of the mean residual that is kept at each measurement: residuals to one side for long show a turn.
    pub memory: f64,
    /// Standard deviation of a velocity of which nothing is known, m/s.
    pub any_velocity: f64,
    /// Standard deviation of a sensor's own first velocity, m/s.
    pub told_velocity: f64,
    /// Standard deviation up to which an estimated velocity is reported, m/s.
    pub sure: f64,
    /// Top speed of such craft, m/s.
    pub top: f64,
    /// Change of velocity between two reports that is expected at once, m/s.
    pub unsteady: f64,
    /// Change of velocity that is expected with time, m/s².
    pub manoeuvre: f64,
    /// Change of velocity that is expected of a craft that lies still, m/s²: it mostly goes on lying.
    pub starts: f64,
    /// Speed that is expected of a craft that sends no velocity, m/s.
    pub way: f64,
    /// Distance between the antenna and what a radar detects of the hull, m.
    pub hull: f64,
    /// Density of craft that no track explains, per square metre.
    pub others: f64,
    /// Density of their velocities, per (m/s)².
    pub other_velocities: f64,
    /// Distance within which candidates are looked for, m: beyond, no position is fresh enough.
    pub search: f64,
    /// Distance between two tracks, minutes before, from which on they are two craft, m.
    pub apart: f64,
}

const SQUARE_NM: f64 = NM_M * NM_M;
const PI: f64 = std::f64::consts::PI;

/// Boats and ships. Steady: 1 m/s of change in speed in ten minutes. Turning: at 25 kn and 3 degrees a second the
/// acceleration is 0.7 m/s². One unexplained craft in ten square nautical miles, as likely at any speed under 25 kn.
pub static SEA: Motion = Motion {
    steady: 0.002,
    turning: 0.5,
    memory: 0.8,
    any_velocity: 8.0,
    told_velocity: 2.0,
    sure: 3.0,
    top: 80.0 * NM_M / 3600.0,
    unsteady: 0.4,
    manoeuvre: 0.02,
    starts: 0.004,
    way: 3.0,
    hull: 15.0,
    others: 0.1 / SQUARE_NM,
    other_velocities: 1.0 / (PI * 12.86 * 12.86),
    search: 3000.0,
    apart: 1500.0,
};

/// Aircraft. Turning: a light one at 120 kn and 3 degrees a second is accelerated by 3 m/s². One unexplained aircraft in
/// 400 square nautical miles, as likely at any speed under 300 kn.
pub static AIR: Motion = Motion {
    steady: 0.3,
    turning: 15.0,
    memory: 0.5,
    any_velocity: 120.0,
    told_velocity: 8.0,
    sure: 12.0,
    top: 750.0 * NM_M / 3600.0,
    unsteady: 2.0,
    manoeuvre: 0.3,
    starts: 0.3,
    way: 27.0,
    hull: 30.0,
    others: 0.0025 / SQUARE_NM,
    other_velocities: 1.0 / (PI * 154.0 * 154.0),
    search: 12_000.0,
    apart: 6000.0,
};

impl Motion {
    /// Returns the motion model for a track's kind (sea or air).
    pub fn for_track(kind: Kind) -> &'static Motion {
        if kind == Kind::Aircraft { &AIR } else { &SEA }
    }

    /// Returns the motion model for a sensor's target.
    pub fn for_target(air: bool) -> &'static Motion {
        if air { &AIR } else { &SEA }
    }
}

/// Serialization of a motion model: whether it is that of the air.
pub(super) mod by_name {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{AIR, Motion, SEA};

    pub fn serialize<S: Serializer>(motion: &&'static Motion, serializer: S) -> Result<S::Ok, S::Error> {
        (**motion == AIR).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Motion, D::Error> {
        Ok(if bool::deserialize(deserializer)? { &AIR } else { &SEA })
    }
}
