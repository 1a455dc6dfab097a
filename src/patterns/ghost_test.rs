//! The multipath ghost test. Side lobes and multipath put a second echo of a large ship where there is nothing, and that
//! echo keeps station on her as long as she is seen.

use crate::geodesy;
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::Picture;

/// Times before now at which the echo and the ship are compared.
const STEPS: [Span; 3] = [Span::from_secs(0), Span::from_secs(180), Span::from_secs(360)];
/// Earlier times before now at which a craft that took up station on the ship may have been elsewhere.
const EARLIER: [Span; 6] = [
    Span::from_secs(480),
    Span::from_secs(600),
    Span::from_secs(720),
    Span::from_secs(900),
    Span::from_secs(1200),
    Span::from_secs(1800),
];
/// An echo was elsewhere if it was this many times as far from the place of a ghost as a ghost may be …
const ELSEWHERE: f64 = 3.0;
/// … at this many of those times: a ghost is nowhere without its ship.
const ELSEWHERE_TIMES: usize = 2;
/// Time by which a fix may be carried back.
const CARRIED_BACK_FOR: Span = Span::from_secs(60);
/// Distance within which ships are looked for, metres.
const NEAR_M: f64 = 15.0 * geodesy::NM_M;
/// Difference up to which ranges, or distances behind, are equal, metres: accuracy of range, and a ship's length.
const EQUAL_M: f64 = 200.0;
/// Angle from the beam within which side lobes are, degrees.
const SIDE_LOBE_DEG: f64 = 60.0;
/// Change up to which a side lobe stays where it is, degrees.
const STEADY_DEG: f64 = 3.0;
/// Angle within which a second reflection is behind the ship, degrees.
const BEHIND_DEG: f64 = 0.7;
/// Distance across the beam within which a second reflection is behind the ship, metres.
const BEHIND_M: f64 = 200.0;

/// Whether a track that one radar alone sees keeps station on a ship as only a ghost of hers would, as that radar sees both. One
/// that came from elsewhere, and then took up station, is a craft.
pub fn is_ghost(picture: &Picture, id: TrackId, now: Time) -> bool {
    let mut sites = picture.sensors.feeds_of(id);
    let (Some(feed), None) = (sites.next(), sites.next()) else { return false };
    let Some(site) = picture.site(feed) else { return false };
    let mut found = false;
    picture.surface_near(picture.track(id).fix.position, NEAR_M, |ship| {
        // A ship that this radar does not see has no ghost on it: somebody may only say that she is there.
        let is_seen =
            ship != id && picture.track(ship).on_ais() && picture.sensors.feeds_of(ship).any(|f| f == feed);
        found |= is_seen && keeps_station(picture, site, id, ship, now);
        !found
    });
    found
}

/// An echo as a radar sees it, relative to a ship.
#[derive(Clone, Copy)]
struct Offset {
    /// Angle from the ship, degrees.
    aside_deg: f64,
    /// Range beyond that of the ship, metres.
    further_m: f64,
    /// Angle up to which the echo is behind the ship, degrees.
    behind_deg: f64,
}

impl Offset {
    /// Returns the offset at a time; `None` where one of the two was not followed then.
    fn at(picture: &Picture, site: Position, id: TrackId, ship: TrackId, time: Time) -> Option<Offset> {
        let polar = |id: TrackId| {
            let fix = picture.track(id).fix;
            // Another feed may be a little ahead, and the history has not got to its newest fix.
            let fresh = fix.time - time <= CARRIED_BACK_FOR;
            let at = if fresh { fix.carried_to(time) } else { picture.history(id).position_at(time)? };
            Some(geodesy::range_and_bearing(site, at))
        };
        let ((range_m, bearing), (hers_m, hers)) = (polar(id)?, polar(ship)?);
        Some(Offset {
            aside_deg: geodesy::normal_deg(bearing - hers + 180.0) - 180.0,
            further_m: range_m - hers_m,
            behind_deg: BEHIND_DEG.max((BEHIND_M / range_m.max(1.0)).to_degrees()),
        })
    }
}

/// Whether an echo keeps station on a ship as a side lobe or a second reflection does, and was nowhere else before.
fn keeps_station(picture: &Picture, site: Position, id: TrackId, ship: TrackId, now: Time) -> bool {
    let at = |back: Span| Offset::at(picture, site, id, ship, now - back);
    let offsets: Option<Vec<Offset>> = STEPS.iter().map(|&back| at(back)).collect();
    let Some(offsets) = offsets else { return false };
    let Offset { aside_deg: angle, further_m: behind, .. } = offsets[0];
    let is_side_lobe = offsets.iter().all(|o| {
        o.further_m.abs() <= EQUAL_M
            && o.aside_deg.abs() <= SIDE_LOBE_DEG
            && (o.aside_deg - angle).abs() <= STEADY_DEG
    });
    let is_reflection = behind > EQUAL_M
        && offsets
            .iter()
            .all(|o| o.aside_deg.abs() <= o.behind_deg && (o.further_m - behind).abs() <= EQUAL_M);
    if !is_side_lobe && !is_reflection {
        return false;
    }
    let expected_m = if is_side_lobe { 0.0 } else { behind };
    let was_elsewhere = |o: &Offset| {
        (o.further_m - expected_m).abs() > ELSEWHERE * EQUAL_M
            || is_reflection && o.aside_deg.abs() > ELSEWHERE * o.behind_deg
    };
    EARLIER.iter().filter_map(|&back| at(back)).filter(was_elsewhere).count() < ELSEWHERE_TIMES
}
