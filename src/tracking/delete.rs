//! Deletion: sensor tracks that their sensor has lost, and tracks that nothing feeds any more.

use super::sensors::SensorTrack;
use super::{Decision, Tracker, fuse};
use crate::model::{SensorTrackId, Span, Time, TrackId};

/// Intervals without a detection after which a sensor track is lost.
const LOST_AFTER_INTERVALS: f64 = 5.0;
/// Time without a detection after which a sensor track is lost at the earliest.
const LOST_AFTER: Span = Span::from_secs(30);
/// A track of radars alone is kept this long after nothing feeds it any more.
const UNFED_KEPT_FOR: Span = Span::from_secs(1800);

/// Returns whether a sensor has lost the target of a sensor track.
pub(super) fn is_lost(s: &SensorTrack, now: Time) -> bool {
    now - s.last > LOST_AFTER.max(Span::from_secs_f64(LOST_AFTER_INTERVALS * s.interval_s))
}

/// Drops a sensor track: it feeds its track no more, and its number is free.
pub(super) fn drop_sensor_track(t: &mut Tracker<'_>, at: SensorTrackId) {
    fuse::leave(t, at);
    t.sensors.forget(at);
}

/// Forgets a track.
pub(super) fn forget(t: &mut Tracker<'_>, id: TrackId) {
    t.sensors.release(id);
    t.tracks.forget(id);
}

/// Forgets the track that has been silent for longest, if it is time or the store is full.
pub fn evict(t: &mut Tracker<'_>, now: Time) {
    if let Some(id) = t.tracks.to_evict(now, t.holders) {
        forget(t, id);
    }
}

/// Finds tracks that nothing has fed for half an hour. One that is held is looked at again as long later.
pub(super) fn find_unfed(t: &mut Tracker<'_>, now: Time, decisions: &mut Vec<Decision>) {
    while let Some(&(since, id)) = t.sensors.unfed.front() {
        if now - since < UNFED_KEPT_FOR {
            return;
        }
        t.sensors.unfed.pop_front();
        // It may be gone, or have been fed again since, or be listed twice.
        let Some(track) = t.tracks.get(id) else { continue };
        let unfed = t.sensors.fused(id);
        let unfed = unfed.is_some_and(|f| f.members.is_empty() && now - f.time() >= UNFED_KEPT_FOR);
        if !unfed || track.is_cooperative() || decisions.contains(&Decision::Delete(id)) {
            continue;
        }
        if t.holders.is_held(id) {
            t.sensors.unfed.push_back((now, id));
        } else {
            decisions.push(Decision::Delete(id));
        }
    }
}
