//! What speaks against an echo being a craft: clutter that was joined up, ghosts, fields of echoes that move as one.

use super::ghost::is_ghost;
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{Reason, Span, Time, TrackId};
use crate::picture::Picture;

/// Clutter that was joined up to a track jumps about more than the sensor's vessels on AIS do, by this factor.
const JUMPY: f64 = 3.0;
/// Of the way that its speed would take it, a craft comes this share of it from where it was.
const COMES_FROM: f64 = 0.25;
/// Under this nothing is said of where it comes from, knots.
const STEERAGE_KN: f64 = 3.0;
/// Echoes that move alike: within this, and this alike in velocity.
const COMPANY_M: f64 = 2.0 * NM_M;
const ALIKE_KN: f64 = 2.5;

/// Why a track that only radars know may be no craft; `None` where nothing speaks against it.
pub fn doubt(picture: &Picture, id: TrackId, now: Time, max_company: usize) -> Option<Reason> {
    if picture.track(id).on_ais() {
        return None;
    }
    if picture.sensors.is_fixed_object(id, now) {
        return Some(Reason::FixedObject);
    }
    if is_clutter(picture, id, now.min(picture.track(id).fix.time)) {
        return Some(Reason::Clutter);
    }
    if is_ghost(picture, id, now) {
        return Some(Reason::Ghost);
    }
    (moving_alike(picture, id, max_company) >= max_company).then_some(Reason::MovesWithOthers)
}

/// The echo jumps, or did, until it was lost; or it does not come from where its speed says that it does.
fn is_clutter(picture: &Picture, id: TrackId, now: Time) -> bool {
    let jumpy = picture.sensors.relative_nis(id) > JUMPY;
    let speed_kn = picture.track(id).speed_kn().unwrap_or(0.0);
    let from = now - Span::from_secs(600);
    let nowhere = picture.history(id).since(from).next().is_some_and(|p| {
        let way_m = speed_kn * KN_MS * (now - p.time()).secs();
        geodesy::distance_m(p.position(), picture.track(id).fix.position) < COMES_FROM * way_m
    });
    jumpy || speed_kn >= STEERAGE_KN && nowhere
}

/// How many dark echoes near it move as it does, itself included; stops at `enough`.
fn moving_alike(picture: &Picture, id: TrackId, enough: usize) -> usize {
    let fix = picture.track(id).fix;
    let Some(own) = velocity_kn(picture, id) else { return 1 };
    let mut count = 0;
    picture.surface_near(fix.position, COMPANY_M, |other| {
        let track = picture.track(other);
        let alike = track.sensed > 0
            && track.is_dark(fix.time)
            && geodesy::distance_m(fix.position, track.fix.position) <= COMPANY_M
            && velocity_kn(picture, other).is_some_and(|v| {
                let doubt = velocity_sigma_kn(picture, id) + velocity_sigma_kn(picture, other);
                libm::hypot(v[0] - own[0], v[1] - own[1]) <= ALIKE_KN + doubt
            });
        count += usize::from(alike);
        count < enough
    });
    count
}

/// As the radars make it out, east and north; what drifts shows no course, and has one all the same.
fn velocity_kn(picture: &Picture, id: TrackId) -> Option<[f64; 2]> {
    let seen = picture.sensors.fused(id).map(|fused| fused.estimate().velocity().map(|v| v / KN_MS));
    seen.or_else(|| picture.track(id).fix.velocity_kn())
}

/// Nobody can say how fast an echo is whose velocity is less sure than this, knots.
const UNSURE_KN: f64 = 3.0;

/// Whether nobody can say how fast a track is.
pub fn is_unsure(picture: &Picture, id: TrackId) -> bool {
    velocity_sigma_kn(picture, id) > UNSURE_KN
}

/// How unsure the radars leave a track's velocity, knots; 0 where AIS alone tells it.
pub fn velocity_sigma_kn(picture: &Picture, id: TrackId) -> f64 {
    let fused = picture.sensors.fused(id);
    fused.map_or(0.0, |fused| fused.estimate().velocity_variance().radius() / KN_MS)
}
