//! Craft without AIS that are seen again under another track: one that leaves a ship which it met, and one that a radar takes up
//! where another one lost it.

use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::{Kind, Picture};

/// Greatest distance from a place where a craft is expected, metres.
const BESIDE_M: f64 = 0.5 * NM_M;
/// Longest time from the loss of a craft to the first detection of it again: radars keep lost tracks for half an hour.
const LOST_FOR: Span = Span::from_secs(1800);
/// Least speed of a craft that is expected further on, knots.
const UNDER_WAY_KN: f64 = 8.0;
/// Distance from the expected place for each metre of the way since the loss.
const OFF_SHARE: f64 = 0.25;

/// Two parties of an open alert, with their keys.
pub(super) type Meeting<'a> = (&'a [TrackId], &'a [String]);

/// Returns the key under which a craft without AIS was known before, where exactly one answer fits.
pub(super) fn earlier_key<'a>(
    picture: &Picture,
    id: TrackId,
    meetings: impl Iterator<Item = Meeting<'a>>,
) -> Option<String> {
    let track = picture.track(id);
    if track.kind == Kind::Aircraft || track.on_ais() || !track.located() {
        return None;
    }
    let from = picture.position_at(id, track.first_heard);
    let met = only(meetings.filter_map(|meeting| left(picture, id, from, track.first_heard, meeting)));
    met.or_else(|| only(lost_before(picture, id, from, track.first_heard)))
}

/// Returns the one value; `None` where there are several, or none.
fn only(mut values: impl Iterator<Item = String>) -> Option<String> {
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

/// Returns the key of the craft without AIS that meets a ship, where a track begins beside that ship.
fn left(
    picture: &Picture,
    id: TrackId,
    from: Position,
    first: Time,
    (ids, keys): Meeting<'_>,
) -> Option<String> {
    let [one, other] = *ids else { return None };
    let is_known = |id: TrackId| picture.track(id).on_ais();
    let (ship, craft) = match (is_known(one), is_known(other)) {
        (true, false) => (one, 1),
        (false, true) => (other, 0),
        _ => return None,
    };
    let beside = geodesy::distance_m(picture.position_at(ship, first), from) <= BESIDE_M;
    (beside && ids[craft] != id).then(|| keys[craft].clone())
}

/// Returns the keys of the craft without AIS that radars lost, and that could have come to where a track begins.
fn lost_before(
    picture: &Picture,
    id: TrackId,
    from: Position,
    first: Time,
) -> impl Iterator<Item = String> + '_ {
    let lost = picture.sensors.lost().map(|(_, lost)| lost).filter(move |&lost| lost != id);
    let lost = lost.filter(|&lost| picture.get(lost).is_some_and(|track| track.kind != Kind::Aircraft));
    let comes = move |lost: TrackId| {
        let fix = picture.track(lost).fix;
        let gap = first - fix.time;
        let (Some(sog_kn), Some(cog_deg)) = (fix.sog_kn(), fix.cog_deg()) else { return false };
        if sog_kn < UNDER_WAY_KN || gap <= Span::ZERO || gap > LOST_FOR {
            return false;
        }
        let expected = geodesy::dead_reckoned(fix.position, sog_kn, cog_deg, gap);
        geodesy::distance_m(expected, from) <= BESIDE_M + OFF_SHARE * sog_kn * KN_MS * gap.secs()
    };
    lost.filter(move |&lost| comes(lost)).map(|lost| picture.key(lost))
}
