//! Fusion: sensor tracks and broadcasts of one craft feed one estimate.

use super::fused_track::Outcome;
use super::gating::AIS_FRESH;
use super::sensors::{Sensor, SensorTrack};
use super::{FusedTrack, KalmanFilter, Mat2, Measurement, Tracker, resolution, unite};
use crate::geodesy::KN_MS;
use crate::model::{Kinematics, SensorTrackId, Time, TrackId};
use crate::tracks::{Change, Fix};

/// Standard deviation of a position on AIS as a measurement, metres.
const AIS_MEASURED_SIGMA_M: f64 = 12.0;
/// Standard deviation of a velocity on AIS as a measurement, m/s.
const AIS_MEASURED_VELOCITY_SIGMA_MS: f64 = 0.3;
/// Detections that count as one beside fresh positions from AIS. What a radar gets wrong is much the same from one detection to the
/// next, for minutes: the rest of its registration error, the part of the hull that it sees, an echo shared with another craft. A filter
/// takes it for noise that averages out, and would trust it over AIS (`benches/tracking` prints how far tracks on AIS are off).
const DETECTIONS_AS_ONE: f64 = 100.0;

/// Lets a sensor track feed a track from now on.
pub(super) fn join(t: &mut Tracker<'_>, at: SensorTrackId, id: TrackId) {
    let s = t.sensors.track(at);
    let before = s.feeds.map(|own| (own, s.last)).or(s.fed_before);
    if let Some((before, time)) = before {
        unite::note_replaced(t, before, id, time);
    }
    leave(t, at);
    let s = t.sensors.track_mut(at);
    (s.feeds, s.candidate, s.misses, s.waited, s.fed_before) = (Some(id), (None, 0), 0, 0, None);
    let SensorTrack { filter, sensor, last, .. } = *s;
    let Sensor { feed, station, .. } = *t.sensors.sensor(sensor);
    let track = t.tracks.track_mut(id);
    let ais = track.broadcast_fix();
    track.note_detection(feed, station, last);
    track.sensed += 1;
    match t.sensors.fused.get_mut(&id) {
        Some(fused) => fused.members.push(at),
        None => {
            let filter = fresh(ais, last).map_or(filter, |ais| {
                KalmanFilter::new(&Measurement::of_broadcast(&ais), None, filter.motion)
            });
            t.sensors.fused.insert(id, FusedTrack::new(filter, at, ais));
        }
    }
    resolution::update_cell(t, at);
}

/// Returns a fix from AIS or ADS-B that is no older at a time than takes part in association.
fn fresh(ais: Option<Fix>, at: Time) -> Option<Fix> {
    ais.filter(|ais| at - ais.time <= AIS_FRESH)
}

/// Lets a sensor track feed its track no more, and begins it anew: from here on it is another target.
pub(super) fn separate(t: &mut Tracker<'_>, at: SensorTrackId) {
    let SensorTrack { feeds, last, .. } = *t.sensors.track(at);
    let Some(id) = feeds else { return };
    leave(t, at);
    let s = t.sensors.track_mut(at);
    (s.first, s.from, s.fed_before) = (last, s.filter.position(), Some((id, last)));
    (s.waited, s.candidate, s.misses) = (0, (None, 0), 0);
}

/// Lets a sensor track feed its track no more.
pub(super) fn leave(t: &mut Tracker<'_>, at: SensorTrackId) {
    let s = t.sensors.track_mut(at);
    let (feeds, last) = (s.feeds.take(), s.last);
    let Some(id) = feeds else { return };
    let relative_nis = t.sensors.relative_nis_of(t.sensors.track(at));
    let Some(fused) = t.sensors.fused.get_mut(&id) else { return };
    fused.relative_nis = relative_nis;
    fused.members.retain(|&other| other != at);
    let (left, ais) = (fused.members.len(), fused.ais);
    let track = t.tracks.track_mut(id);
    track.sensed = left as u8;
    if left > 0 {
        return;
    }
    if !track.is_cooperative() {
        t.sensors.unfed.push_back((last, id));
        return;
    }
    t.sensors.fused.remove(&id);
    // With broadcasts alone, it is where they put it; one that had fallen silent stays where it was detected last.
    if let Some(fix) = fresh(ais, track.fix.time) {
        track.fix = fix;
        t.tracks.place(id, fix, t.zones);
    }
}

/// Applies a detection to a fused track; `own` is the estimate of its sensor alone.
pub(super) fn apply_detection(
    t: &mut Tracker<'_>,
    id: TrackId,
    detection: &Measurement,
    own: &KalmanFilter,
) -> Change {
    let Some(fused) = t.sensors.fused.get_mut(&id) else { return Change::None };
    let is_led = fresh(fused.ais, detection.time).is_some();
    let weight = if is_led { DETECTIONS_AS_ONE } else { 1.0 };
    let outcome = fused.update(&Measurement { variance: detection.variance.times(weight), ..*detection });
    let diverged = outcome == Outcome::Refused && fused.has_diverged() && !is_led;
    if diverged {
        fused.restart(*own);
    }
    if outcome != Outcome::Newer && !diverged {
        return Change::Late;
    }
    move_to_estimate(t, id)
}

/// Applies a fix from AIS or ADS-B to a fused track: as a measurement like others, and kept apart besides. Where it is off the estimate,
/// the estimate is wrong: radars followed another craft.
pub fn apply_ais_fix(t: &mut Tracker<'_>, id: TrackId, fix: Fix) -> Change {
    let Some(fused) = t.sensors.fused.get_mut(&id) else { return Change::None };
    if fused.ais.is_some_and(|ais| fix.time <= ais.time) {
        return Change::Late;
    }
    fused.ais = Some(fix);
    let measurement = Measurement::of_broadcast(&fix);
    match fused.update(&measurement) {
        Outcome::Newer => {}
        Outcome::Refused if fix.time >= fused.time() => {
            let motion = fused.estimate().motion;
            fused.restart(KalmanFilter::new(&measurement, None, motion));
        }
        Outcome::InPlace | Outcome::Refused => return Change::Heard(id),
    }
    move_to_estimate(t, id)
}

impl Measurement {
    /// Returns a craft's own fix as a measurement.
    fn of_broadcast(fix: &Fix) -> Measurement {
        let velocity = fix.velocity_kn();
        let velocity = velocity.map(|[e, n]| ([e * KN_MS, n * KN_MS], AIS_MEASURED_VELOCITY_SIGMA_MS));
        let variance = Mat2::round(AIS_MEASURED_SIGMA_M * AIS_MEASURED_SIGMA_M);
        Measurement { time: fix.time, position: fix.position, variance, velocity }
    }
}

/// Moves a track to its estimate.
pub(super) fn move_to_estimate(t: &mut Tracker<'_>, id: TrackId) -> Change {
    let Some(fused) = t.sensors.fused(id) else { return Change::None };
    let (estimate, ais) = (fused.estimate(), fused.ais);
    let (sog_kn, cog_deg) = estimate.course();
    let heading_deg = fresh(ais, estimate.time).and_then(|ais| ais.heading_deg());
    let position = estimate.position();
    let kinematics = Kinematics { position: Some(position), sog_kn, cog_deg, heading_deg };
    let fix = Fix::new(estimate.time, position, &kinematics);
    let track = t.tracks.track_mut(id);
    track.move_to(fix);
    track.update_top_speed();
    t.tracks.place(id, fix, t.zones);
    Change::Moved(id)
}
