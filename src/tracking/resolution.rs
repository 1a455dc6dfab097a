//! Resolution: echoes that merge. A radar shows two craft within one resolution cell (its beam width across, its pulse
//! length along) as one echo; a small craft is lost in the echo of a large one, and appears out of it again.

use super::{Sensors, Tracker};
use crate::geodesy;
use crate::model::{SensorTrackId, Span, Time, TrackId};
use crate::tracks::{Track, Tracks};

/// Two echoes that approach merge before they are one resolution cell apart, by this factor.
const MERGES_WITHIN_CELLS: f64 = 1.3;
/// A target that appears has left another's echo within this many resolution cells of it.
const APPEARS_WITHIN_CELLS: f64 = 1.5;
/// A target that appears has left another's echo within this of it, however fine the cell, metres: a small hull beside a
/// large one is hidden along her length.
pub const HIDDEN_ALONGSIDE_M: f64 = 150.0;
/// Cells are looked through up to this size, metres: a degree of beam at 24 nm.
const WIDEST_CELL_M: f64 = 800.0;
/// A radar loses a craft beside a larger one within this after the craft's last fix.
const LOST_WITHIN: Span = Span::from_secs(45);
/// Step in which that time is looked through, seconds.
const LOST_STEP_S: usize = 5;

/// Limit of range, metres: a target beyond it has no cell of hundreds of miles, which searches would walk through.
const RANGE_MAX_M: f64 = 500_000.0;

/// Updates the resolution cell of the track that a sensor track feeds: that of its sensor at its range.
pub(super) fn update_cell(t: &mut Tracker<'_>, at: SensorTrackId) {
    let s = t.sensors.track(at);
    let (feed, raw, feeds) = (t.sensors.sensor(s.sensor).feed, s.raw, s.feeds);
    let radar = t.feeds.radar(feed).unwrap_or_default();
    let range_m = t.feeds.site(feed).map_or(0.0, |site| geodesy::distance_m(site, raw).min(RANGE_MAX_M));
    if let Some(fused) = feeds.and_then(|id| t.sensors.fused.get_mut(&id)) {
        fused.cell_m = radar.range_resolution_m.max(radar.beam_width_deg.to_radians() * range_m);
    }
}

/// Returns the size of the resolution cell at a track, of the radar that detected it last, metres; 0 where none did.
pub fn cell_m(sensors: &Sensors, id: TrackId) -> f64 {
    sensors.fused(id).map_or(0.0, |fused| fused.cell_m)
}

/// Returns within which distance of another one a target that appears may have left its echo, metres.
pub fn appears_within_m(sensors: &Sensors, id: TrackId) -> f64 {
    (APPEARS_WITHIN_CELLS * cell_m(sensors, id)).clamp(HIDDEN_ALONGSIDE_M, WIDEST_CELL_M)
}

/// An echo that two craft share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MergedEcho {
    /// Least distance between the two when the first one was lost, metres.
    pub nearest_m: f64,
    /// Distance within which their echoes merge, metres.
    pub cell_m: f64,
}

/// Returns which of two tracks is lost and which one stays: radars alone detected the first one, and do no more.
pub fn lost_of_pair(tracks: &Tracks, a: TrackId, b: TrackId) -> Option<(TrackId, TrackId)> {
    let is_lost = |track: &Track| !track.on_ais() && track.sensed == 0;
    match (is_lost(tracks.track(a)), is_lost(tracks.track(b))) {
        (true, false) => Some((a, b)),
        (false, true) => Some((b, a)),
        _ => None,
    }
}

/// Returns the echo that two craft share: the first one was lost where it came to the other one.
pub fn merged_echo(tracks: &Tracks, sensors: &Sensors, lost: TrackId, stays: TrackId) -> Option<MergedEcho> {
    let cell_m = MERGES_WITHIN_CELLS * cell_m(sensors, lost).max(cell_m(sensors, stays));
    let nearest_m = lost_beside_m(tracks, lost, stays);
    (nearest_m <= cell_m).then_some(MergedEcho { nearest_m, cell_m })
}

/// Returns how near to another track one came that was lost, carried on for as long as radars may still have followed it,
/// metres.
pub fn lost_beside_m(tracks: &Tracks, lost: TrackId, other: TrackId) -> f64 {
    let gone = tracks.track(lost).fix;
    let distance_m = |s: i64| {
        let time: Time = gone.time + Span::from_secs(s);
        geodesy::distance_m(gone.carried_to(time), tracks.position_at(other, time))
    };
    (0..=LOST_WITHIN.0 / 1000).step_by(LOST_STEP_S).map(distance_m).fold(f64::INFINITY, f64::min)
}
