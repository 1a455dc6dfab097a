//! The multipath ghost test. Side lobes and multipath put a second echo of a large ship where there is nothing, and that
//! echo keeps station on her as long as she is seen.

use crate::geodesy;
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::Picture;

/// Times before now at which the echo and the ship are compared.
const STEPS: [Span; 3] = [Span::from_secs(0), Span::from_secs(180), Span::from_secs(360)];
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

/// Whether a track that one radar alone sees keeps station on a ship as only a ghost of hers would, as that radar sees both.
pub fn is_ghost(picture: &Picture, id: TrackId, now: Time) -> bool {
    let mut sites = picture.sensors.feeds_of(id);
    let (Some(feed), None) = (sites.next(), sites.next()) else { return false };
    let Some(site) = picture.site(feed) else { return false };
    let at = |id: TrackId, time: Time| -> Option<Position> {
        let fix = picture.track(id).fix;
        // Another feed may be a little ahead, and the history has not got to its newest fix.
        let fresh = fix.time - time <= CARRIED_BACK_FOR;
        if fresh { Some(fix.carried_to(time)) } else { picture.history(id).position_at(time) }
    };
    let polar = |id: TrackId, time: Time| {
        let at = at(id, time)?;
        Some(geodesy::range_and_bearing(site, at))
    };
    let mut found = false;
    picture.surface_near(picture.track(id).fix.position, NEAR_M, |ship| {
        // A ship that this radar does not see has no ghost on it: somebody may only say that she is there.
        if ship == id || !picture.track(ship).on_ais() || !picture.sensors.feeds_of(ship).any(|f| f == feed) {
            return true;
        }
        let pairs: Option<Vec<_>> =
            STEPS.iter().map(|&back| Some((polar(id, now - back)?, polar(ship, now - back)?))).collect();
        found |= pairs.is_some_and(|pairs| {
            let aside = |&((_, own), (_, hers)): &((f64, f64), (f64, f64))| {
                geodesy::normal_deg(own - hers + 180.0) - 180.0
            };
            let further = |&((own, _), (hers, _)): &((f64, f64), (f64, f64))| own - hers;
            let (angle, behind) = (aside(&pairs[0]), further(&pairs[0]));
            let side = pairs.iter().all(|p| {
                further(p).abs() <= EQUAL_M
                    && aside(p).abs() <= SIDE_LOBE_DEG
                    && (aside(p) - angle).abs() <= STEADY_DEG
            });
            let echo = behind > EQUAL_M
                && pairs.iter().all(|p| {
                    let behind_deg = BEHIND_DEG.max((BEHIND_M / p.1.0.max(1.0)).to_degrees());
                    aside(p).abs() <= behind_deg && (further(p) - behind).abs() <= EQUAL_M
                });
            side || echo
        });
        !found
    });
    found
}
