//! How things move, at sea and in the air: what the filter and the scores expect of them.

use crate::picture::Kind;

/// What is known beforehand of how a craft moves, and how many others there are.
#[derive(Debug, PartialEq)]
pub struct Motion {
    /// Spectral density of the acceleration on a steady course, m²/s³.
    pub steady: f64,
    /// And in a turn.
    pub turning: f64,
    /// How much of what was off before is remembered: what is off to one side for long speaks for a turn.
    pub memory: f64,
    /// Nothing is known of a velocity at first but that it is about this, m/s.
    pub any_velocity: f64,
    /// A sensor's own first velocity is good for about this, m/s.
    pub told_velocity: f64,
    /// A velocity is told onwards when it is this sure, m/s.
    pub sure: f64,
    /// No such craft goes faster, m/s.
    pub top: f64,
    /// Between two reports its velocity changes by about this, m/s at once …
    pub unsteady: f64,
    /// … and m/s² later.
    pub manoeuvre: f64,
    /// … or this, m/s², where it lies still: it mostly goes on lying.
    pub starts: f64,
    /// One that does not say how it moves goes about this fast, m/s.
    pub way: f64,
    /// Size of what the radar sees about the antenna, m.
    pub hull: f64,
    /// Craft that no track explains, per square metre.
    pub others: f64,
    /// And their velocities, per (m/s)².
    pub other_velocities: f64,
    /// Candidates are looked for within this, m: beyond, no position fresh enough can be.
    pub search: f64,
    /// A track that was further from another than this, minutes before, is not that other; m.
    pub apart: f64,
}

const SQUARE_NM: f64 = 1852.0 * 1852.0;
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
    top: 80.0 * 1852.0 / 3600.0,
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
    top: 750.0 * 1852.0 / 3600.0,
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
    /// Of what a track is of.
    pub fn of(kind: Kind) -> &'static Motion {
        if kind == Kind::Aircraft { &AIR } else { &SEA }
    }

    /// Of a sensor's target.
    pub fn in_the_air(air: bool) -> &'static Motion {
        if air { &AIR } else { &SEA }
    }
}

/// How a motion is saved: by whether it is the air's.
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
