//! The relative motion of two tracks at a moment, whatever sensors know each.

use crate::geodesy;
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::Picture;
use crate::tracking::resolution;

/// Longest time for which a silent party is carried on at its SOG and COG.
const PARTY_CARRIED_FOR: Span = Span::from_secs(180);
/// Number of standard deviations up to which two positions by radar may be those of one place.
const SIGMAS: f64 = 2.0;

/// The relative motion of two vessels at a moment.
pub struct PairMotion {
    /// Distance between them, metres.
    pub apart_m: f64,
    /// Speed of the faster one, knots.
    pub top_kn: f64,
    /// Difference of their velocities, knots.
    pub relative_kn: f64,
    /// Place midway between them.
    pub middle: Midway,
    /// Distance below which their positions say nothing, metres; 0 where AIS reports both.
    pub grain_m: f64,
    /// Whether one has gone into the other's echo: no radar shows them apart.
    pub in_one_echo: bool,
}

/// Place midway between two positions. It is worked out for the few who ask.
#[derive(Clone, Copy)]
pub struct Midway {
    from: Position,
    /// Half the way to the other one, east and north, metres.
    half_m: [f64; 2],
}

impl Midway {
    /// Returns the position.
    pub fn position(self) -> Position {
        geodesy::moved_m(self.from, self.half_m)
    }
}

impl PairMotion {
    /// Returns the relative motion at a time; `None` when one has been silent for too long to say.
    pub fn of(picture: &Picture, a: TrackId, b: TrackId, now: Time, max_silence: Span) -> Option<PairMotion> {
        if let Some(stance) = in_merged_echo(picture, a, b, now, max_silence) {
            return Some(stance);
        }
        let at = |id: TrackId| -> Option<Position> {
            let fix = picture.track(id).fix;
            match now - fix.time {
                age if age > PARTY_CARRIED_FOR => None,
                age if age < Span::ZERO => Some(picture.position_at(id, now)),
                _ => Some(fix.carried_to(now)),
            }
        };
        let places = [at(a)?, at(b)?];
        let speeds = [a, b].map(|id| picture.track(id).speed_kn().unwrap_or(0.0));
        let velocities = [a, b].map(|id| picture.velocity_kn(id));
        Some(PairMotion::between(places, speeds, velocities, doubt_m(picture, a, b)))
    }

    /// Returns the relative motion at a time by the broadcasts of both alone, where radars have a part in their estimates: two
    /// hulls that lie close together pull each other's echoes.
    pub fn by_broadcasts(picture: &Picture, a: TrackId, b: TrackId, now: Time) -> Option<PairMotion> {
        let ids = [a, b];
        if ids.into_iter().all(|id| picture.track(id).sensed == 0) {
            return None;
        }
        let fresh = |id: TrackId| picture.broadcast_fix(id).filter(|fix| now - fix.time <= PARTY_CARRIED_FOR);
        let fixes = [fresh(a)?, fresh(b)?];
        let speeds = fixes.map(|fix| fix.sog_kn().unwrap_or(0.0));
        let velocities = fixes.map(|fix| fix.velocity_kn());
        Some(PairMotion::between(fixes.map(|fix| fix.carried_to(now)), speeds, velocities, 0.0))
    }

    fn between(
        places: [Position; 2],
        speeds: [f64; 2],
        velocities: [Option<[f64; 2]>; 2],
        grain_m: f64,
    ) -> PairMotion {
        let [east, north] = geodesy::offset_m(places[0].lon_lat(), places[1].lon_lat());
        let relative_kn = match velocities {
            [Some(u), Some(v)] => libm::hypot(u[0] - v[0], u[1] - v[1]),
            _ => (speeds[0] - speeds[1]).abs(),
        };
        PairMotion {
            apart_m: libm::hypot(east, north),
            top_kn: speeds[0].max(speeds[1]),
            relative_kn,
            middle: Midway { from: places[0], half_m: [east / 2.0, north / 2.0] },
            grain_m,
            in_one_echo: false,
        }
    }
}

/// Returns how far apart the positions of two tracks at one place may be reported, metres.
fn doubt_m(picture: &Picture, a: TrackId, b: TrackId) -> f64 {
    let sigma =
        |id: TrackId| picture.sensors.fused(id).map_or(0.0, |fused| fused.estimate().variance().radius());
    SIGMAS * libm::hypot(sigma(a), sigma(b))
}

/// Returns the relative motion of two craft since one of them, which radars alone detected, was lost in the other one's
/// echo.
fn in_merged_echo(
    picture: &Picture,
    a: TrackId,
    b: TrackId,
    now: Time,
    max_silence: Span,
) -> Option<PairMotion> {
    let (lost, other) = resolution::lost_of_pair(&picture.tracks, a, b)?;
    let (gone, stays) = (picture.track(lost).fix, picture.track(other).fix);
    if now - gone.time > max_silence || now - stays.time > PARTY_CARRIED_FOR {
        return None;
    }
    let echo = resolution::merged_echo(&picture.tracks, &picture.sensors, lost, other)?;
    Some(PairMotion {
        apart_m: echo.nearest_m,
        top_kn: picture.track(other).speed_kn().unwrap_or(0.0),
        relative_kn: 0.0,
        middle: Midway { from: stays.carried_to(now), half_m: [0.0; 2] },
        grain_m: echo.cell_m,
        in_one_echo: true,
    })
}
