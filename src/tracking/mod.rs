//! The tracker: radar detections become tracks, or parts of tracks that AIS or ADS-B reports too.
//!
//! A *detection* is one report of one target by a sensor. A *sensor track* is one target of one sensor under one number; a
//! Kalman filter smooths its detections. Every ten seconds of a sensor's time an *association cycle* compares its sensor
//! tracks with all tracks near them and assigns them at once. The roles have files of their own:
//!
//! | role | file |
//! | --- | --- |
//! | detections into sensor tracks | `detection.rs`, `kalman.rs`, `motion.rs` |
//! | association: gating, likelihood, assignment | `associate.rs`, `gating.rs`, `assign.rs` |
//! | initiation of tracks | `initiate.rs` |
//! | fusion: one estimate for each track | `fuse.rs`, `fused_track.rs`, `unite.rs` |
//! | deletion, resumption | `delete.rs`, `resume.rs` |
//! | what sensors get wrong | `registration.rs`, `resolution.rs`, `fixed_objects.rs` |
//!
//! At each contact the engine first runs the cycle of the contact's sensor ([`run_cycle`]), if it is due, and then applies the
//! contact ([`apply_contact`]). A cycle yields [`Decision`]s, which the engine carries out one after the other
//! ([`carry_out`]): it tells the rules about a track that becomes part of another one before that happens.

mod assign;
mod associate;
mod delete;
mod detection;
mod fixed_objects;
mod fuse;
mod fused_track;
mod gating;
mod initiate;
mod kalman;
mod mat2;
mod motion;
mod registration;
pub mod resolution;
mod resume;
mod sensors;
#[cfg(test)]
mod tests;
mod unite;

pub use associate::run_cycle;
pub use delete::evict;
pub use detection::apply_contact;
pub use fuse::apply_ais_fix;
pub use fused_track::FusedTrack;
pub use gating::{State, log_likelihood_ratio};
pub use initiate::insert;
pub use kalman::{KalmanFilter, Measurement};
pub use mat2::Mat2;
pub use motion::{AIR, Motion, SEA};
pub use registration::Registration;
pub use sensors::{SensorTrack, Sensors};
pub use unite::unite;

use crate::model::{SensorTrackId, TrackId};
use crate::tracks::{Feeds, Holders, Tracks};
use crate::zones::Zones;

/// All that the tracker reads and changes.
pub struct Tracker<'a> {
    /// The tracks.
    pub tracks: &'a mut Tracks,
    /// The sensors, their sensor tracks, and the fused tracks.
    pub sensors: &'a mut Sensors,
    /// The declared feeds: sites and radars.
    pub feeds: &'a Feeds,
    /// Zones and land.
    pub zones: &'a mut Zones,
    /// Rules and alerts that keep tracks from being forgotten.
    pub holders: &'a dyn Holders,
}

/// A decision of an association cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The sensor track feeds this track from now on.
    Assign(SensorTrackId, TrackId),
    /// The sensor track does not fit the track that it fed.
    Unassign(SensorTrackId),
    /// The sensor track becomes a track of its own.
    Initiate(SensorTrackId),
    /// The sensor has lost its target.
    DropSensorTrack(SensorTrackId),
    /// The track is over.
    Delete(TrackId),
}

/// Returns the track that a decision will make part of another one, and that other one.
pub fn merge_of(decision: Decision, tracks: &Tracks, sensors: &Sensors) -> Option<(TrackId, TrackId)> {
    let Decision::Assign(at, id) = decision else { return None };
    let own = sensors.track(at).feeds.filter(|&own| own != id)?;
    let other = tracks.get(id)?;
    if tracks.track(own).is_cooperative() {
        return None;
    }
    let older = tracks.track(own).first_heard < other.first_heard;
    Some(if older { (id, own) } else { (own, id) })
}

/// Carries a decision out. Returns the track that it made.
pub fn carry_out(t: &mut Tracker<'_>, decision: Decision) -> Option<TrackId> {
    match decision {
        Decision::Assign(at, id) => match merge_of(decision, t.tracks, t.sensors) {
            Some((gone, into)) => unite::absorb(t, gone, into),
            None if t.tracks.get(id).is_some() => fuse::join(t, at, id),
            None => {}
        },
        Decision::Unassign(at) => fuse::separate(t, at),
        Decision::Initiate(at) => return initiate::initiate(t, at),
        Decision::DropSensorTrack(at) => delete::drop_sensor_track(t, at),
        Decision::Delete(id) if t.tracks.get(id).is_some() => delete::forget(t, id),
        Decision::Delete(_) => {}
    }
    None
}
