//! Resumption: a radar loses a craft in clutter or behind an island, and takes it up some minutes later under a new number. Where
//! exactly one lost track would be there by now, moving so, the sensor track is that craft (track segment association as in
//! Blackman and Popoli, 1999, section 6.8). Up to [`AIS_FRESH`] the ordinary gate compares the two.

use super::gating::{AIS_FRESH, State, log_likelihood_ratio};
use super::{Mat2, Tracker};
use crate::model::{SensorTrackId, Span, TrackId};
use crate::tracks::Kind;

/// Longest time from the loss of a craft to the first detection of it again.
const LOST_FOR: Span = Span::from_secs(900);
/// Time from its first detection in which a sensor track is compared with lost tracks.
const YOUNG: Span = Span::from_secs(180);
/// Detections that a sensor track has before its velocity is compared.
const STEADY_UPDATES: u32 = 10;
/// Reports of a lost track from which on it is a craft that was followed.
const FOLLOWED_REPORTS: u32 = 60;
/// Relative NIS up to which a lost track moved as craft do.
const STEADY_NIS: f64 = 4.0;
/// Change of velocity that is expected of a craft that goes on its way: this, m/s, and this share of its speed.
const CHANGE_MS: f64 = 0.7;
const CHANGE_SHARE: f64 = 0.1;
/// Log-likelihood ratio from which on the two are one craft.
const LIKELY: f64 = 1.5;
/// Advantage of the best lost track over the next one, as a log-likelihood ratio: with less, nobody can say which it is.
const ADVANTAGE: f64 = 3.0;
/// Lost tracks that are compared at most, the newest first.
const MOST_LOST: usize = 512;

/// Returns the lost track that a young sensor track resumes, with its log-likelihood ratio. `own` is the state of the sensor track.
pub(super) fn resumed(t: &Tracker<'_>, at: SensorTrackId, own: &State) -> Option<(TrackId, f64)> {
    let s = t.sensors.track(at);
    // An alert stays with its track.
    let has_alert = s.feeds.is_some_and(|own| t.holders.has_alert(own));
    if s.air || has_alert || s.updates < STEADY_UPDATES || s.last - s.first > YOUNG {
        return None;
    }
    let (mut best, mut next): (Option<(TrackId, f64)>, f64) = (None, f64::NEG_INFINITY);
    for &(_, id) in t.sensors.unfed.iter().rev().take(MOST_LOST) {
        if Some(id) == s.feeds || best.is_some_and(|(other, _)| other == id) {
            continue;
        }
        let Some(ratio) = ratio(t, at, own, id) else { continue };
        match best {
            Some((_, most)) if ratio <= most => next = next.max(ratio),
            _ => {
                next = next.max(best.map_or(f64::NEG_INFINITY, |(_, most)| most));
                best = Some((id, ratio));
            }
        }
    }
    best.filter(|&(_, most)| most >= LIKELY && most - next >= ADVANTAGE)
}

/// Returns the log-likelihood ratio that a sensor track is a lost craft which went on as it went; `None` where it cannot be.
fn ratio(t: &Tracker<'_>, at: SensorTrackId, own: &State, id: TrackId) -> Option<f64> {
    let s = t.sensors.track(at);
    let track = t.tracks.get(id)?;
    // Most lost tracks are clutter: their estimates are not looked up.
    if track.is_cooperative() || track.kind != Kind::Vessel || track.reports < FOLLOWED_REPORTS {
        return None;
    }
    let fused = t.sensors.fused(id)?;
    let (gap, age) = (s.first - fused.time(), s.last - fused.time());
    let is_between = gap > Span::ZERO && gap <= LOST_FOR && age > AIS_FRESH;
    if !fused.members.is_empty() || !is_between || fused.relative_nis > STEADY_NIS {
        return None;
    }
    let filter = fused.estimate();
    let [east, north] = filter.velocity();
    let change = CHANGE_MS + CHANGE_SHARE * libm::hypot(east, north);
    let velocity = ([east, north], filter.velocity_variance().plus(Mat2::round(change * change)));
    let expected = State { velocity: Some(velocity), ..State::of_filter(filter, s.last) };
    log_likelihood_ratio(own, &expected)
}
