//! The clutter test: reasons why a track that only radars know may be no craft. They are clutter that was joined up to a
//! track, multipath ghosts, fixed objects, and fields of echoes that move as one.

use super::World;
use super::ghost_test::is_ghost;
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{Reason, Span, Time, TrackId};
use crate::picture::Picture;

/// Factor by which the residuals of clutter exceed those of the sensor's vessels on AIS.
const JUMPY: f64 = 3.0;
/// Share of the way that its speed would take it which a craft at least covers.
const COMES_FROM: f64 = 0.25;
/// Speed under which the way that a track covered is not looked at, knots.
const STEERAGE_KN: f64 = 3.0;
/// Distance within which echoes that move alike are counted.
const ALIKE_WITHIN_M: f64 = 2.0 * NM_M;
/// Number of echoes that move alike, the craft included, that are weather where the rule has no limit of its own.
pub const WEATHER_ECHOES: usize = 4;
/// Difference of velocities up to which echoes move alike, knots.
const ALIKE_KN: f64 = 2.5;

/// Time for which an echo in a group is followed before it counts as steady.
const STEADY_FOR: Span = Span::from_secs(600);
/// Time after which a few steady echoes are boats.
const LONG: Span = Span::from_secs(1860);
/// Echoes that are counted at most.
const MOST_ALIKE: usize = 64;

/// Returns why a track that only radars know may be no craft; `None` where nothing speaks against it.
pub fn reason_for_doubt(w: &World<'_>, id: TrackId, max_company: usize) -> Option<Reason> {
    let (picture, now) = (w.picture, w.now);
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
    let group = Group::of(w, id);
    (group.alike >= max_company && (group.told || !group.is_of_boats(max_company)))
        .then_some(Reason::MovesWithOthers)
}

/// Dark echoes near a track that move as it does, itself included.
struct Group {
    alike: usize,
    /// Echoes that were followed for ten minutes, under way and without a leap: the shapes in a rain cell live for less.
    steady: usize,
    /// Echoes that were followed so for half an hour.
    long: usize,
    /// Whether an alert is open on another one of them.
    told: bool,
}

impl Group {
    /// Counts the group of a track; stops where nothing more can change.
    fn of(w: &World<'_>, id: TrackId) -> Group {
        let picture = w.picture;
        let mut group = Group { alike: 0, steady: 0, long: 0, told: false };
        each_moving_alike(picture, id, |other| {
            let track = picture.track(other);
            let speed_kn = track.speed_kn().unwrap_or(0.0);
            let steady = speed_kn >= STEERAGE_KN && !is_clutter(picture, other, w.now.min(track.fix.time));
            let age = w.now - track.first_heard;
            group.alike += 1;
            group.steady += usize::from(steady && age >= STEADY_FOR);
            group.long += usize::from(steady && age >= LONG);
            group.told |= other != id && w.alerts.is_open_on(other);
            group.alike < MOST_ALIKE
        });
        group.alike = group.alike.max(1);
        group
    }

    /// Whether the group is one of boats: as many as rain, weed or birds seldom are, or followed for longer than those last.
    fn is_of_boats(&self, max_company: usize) -> bool {
        self.steady >= 2 * max_company || self.long >= max_company
    }
}

/// Returns how many dark echoes near a track move as it does, itself included.
pub fn moving_alike(picture: &Picture, id: TrackId) -> usize {
    let mut count = 0;
    each_moving_alike(picture, id, |_| {
        count += 1;
        count < MOST_ALIKE
    });
    count.max(1)
}

/// Whether the echo jumps, or did until it was lost, or does not cover the way that its speed would take it.
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

/// Visits the dark echoes near a track that move as it does, itself included; `visit` returns false to stop.
fn each_moving_alike(picture: &Picture, id: TrackId, mut visit: impl FnMut(TrackId) -> bool) {
    let fix = picture.track(id).fix;
    let Some(own) = velocity_kn(picture, id) else { return };
    picture.surface_near(fix.position, ALIKE_WITHIN_M, |other| {
        let track = picture.track(other);
        let alike = track.sensed > 0
            && track.is_dark(fix.time)
            && geodesy::distance_m(fix.position, track.fix.position) <= ALIKE_WITHIN_M
            && velocity_kn(picture, other).is_some_and(|v| {
                let doubt = velocity_sigma_kn(picture, id) + velocity_sigma_kn(picture, other);
                libm::hypot(v[0] - own[0], v[1] - own[1]) <= ALIKE_KN + doubt
            });
        !alike || visit(other)
    });
}

/// Returns the velocity by the radars, else by AIS, knots east and north. A drifting craft shows no course and has one.
fn velocity_kn(picture: &Picture, id: TrackId) -> Option<[f64; 2]> {
    let seen = picture.sensors.fused(id).map(|fused| fused.estimate().velocity().map(|v| v / KN_MS));
    seen.or_else(|| picture.track(id).fix.velocity_kn())
}

/// Standard deviation of the velocity above which nobody can say how fast an echo is, knots.
const UNSURE_KN: f64 = 3.0;

/// Whether nobody can say how fast a track is.
pub fn is_unsure(picture: &Picture, id: TrackId) -> bool {
    velocity_sigma_kn(picture, id) > UNSURE_KN
}

/// Returns the standard deviation of a track's velocity by the radars, knots; 0 where AIS alone gives it.
pub fn velocity_sigma_kn(picture: &Picture, id: TrackId) -> f64 {
    let fused = picture.sensors.fused(id);
    fused.map_or(0.0, |fused| fused.estimate().velocity_variance().radius() / KN_MS)
}
