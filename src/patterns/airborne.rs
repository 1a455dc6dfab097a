//! Functions that the aircraft patterns share: heights in words, aerodromes, expected reception of a transponder.

use super::World;
use crate::geodesy::{NM_M, sun};
use crate::model::{Length, LimitKey, Opening, Position, Span, Time, TrackId};
use crate::picture::{Flight, Kind, Picture, horizon_m};

/// A receiver or radar that said nothing for this long is not listening.
const ALIVE: Span = Span::from_secs(180);

/// The limit of several patterns.
pub const FROM_AERODROME: LimitKey<Length> =
    LimitKey::nautical_miles("from_aerodrome", "5 nm").at_least().doc("The place is at least this far from every aerodrome that is open at that time. Zones of the kind aerodrome tell where aerodromes are.");

/// Speed, knots, above which an aircraft that says it is on the ground is believed only at an aerodrome.
const ROLLS_KN: f64 = 50.0;
/// Distance of a runway's end from the aerodrome's zone, at most, metres.
const RUNWAY_M: f64 = 2.0 * NM_M;

/// An aircraft in the air: `None` for what is none, or stands.
pub fn in_flight(picture: &Picture, id: TrackId, now: Time) -> Option<&Flight> {
    let track = picture.track(id);
    let flight = picture.flight(id)?;
    (track.kind == Kind::Aircraft && track.located() && !stands(picture, id, now)).then_some(flight)
}

/// Whether an aircraft says that it is on the ground, and may be: what goes faster than a taxi is on a runway or flies.
pub fn stands(picture: &Picture, id: TrackId, now: Time) -> bool {
    let track = picture.track(id);
    let says_so = picture.flight(id).is_some_and(|flight| flight.is_on_ground(now));
    says_so
        && (track.speed_kn().is_none_or(|kn| kn <= ROLLS_KN)
            || picture.zones.aerodromes_near(track.fix.position, RUNWAY_M).next().is_some())
}

/// Whether an aerodrome that expects aircraft then is within a distance.
pub fn at_aerodrome(picture: &Picture, at: Position, within_m: f64, now: Time) -> bool {
    picture.zones.aerodromes_near(at, within_m).any(|zone| match zone.opening {
        Opening::Always => true,
        Opening::Day => !sun::is_night(at, now),
        Opening::Private | Opening::Closed => false,
    })
}

/// The name of an aerodrome within a distance that expects nobody then, and why.
pub fn at_shut_aerodrome(picture: &Picture, at: Position, within_m: f64) -> Option<String> {
    let shut = picture.zones.aerodromes_near(at, within_m).find(|zone| zone.opening != Opening::Always)?;
    let why = match shut.opening {
        Opening::Day => "has no lights",
        Opening::Private => "is private",
        _ => "is closed",
    };
    Some(format!("{}, which {why}", shut.name))
}

/// Height below which no figure is told, feet: radars measure heights to some hundred feet, and pressure altitude is as wrong.
const UNCERTAIN_FT: f64 = 500.0;

/// `at 800 ft`, `below 500 ft`, or nothing where no height is known.
pub fn height_words(altitude_ft: Option<f64>) -> String {
    let words = |ft| match ft < UNCERTAIN_FT {
        true => format!(" below {UNCERTAIN_FT} ft"),
        false => format!(" at {:.0} ft", libm::round(ft / 25.0) * 25.0),
    };
    altitude_ft.map_or(String::new(), words)
}

/// Whether something that hears transponders would have heard one there: a radar that asks them sees it and got no
/// answer, or a receiver that lives has heard aircraft from there or from farther.
pub fn would_be_heard(id: TrackId, w: &World<'_>) -> bool {
    let (track, flight) = (w.picture.track(id), w.picture.flight(id));
    if flight.and_then(|flight| flight.unanswered).is_some_and(|last| w.now - last <= ALIVE) {
        return true;
    }
    // Where no height is known, the worst is taken: one just above the sea.
    let horizon = horizon_m(w.picture.altitude_ft(id, w.now).unwrap_or(200.0));
    let reception = &w.picture.reception;
    reception.stations().any(|(key, feed)| {
        let alive = w.now - w.deadlines.clock(feed) <= ALIVE;
        let site = w.picture.site(feed);
        alive
            && site.is_some_and(|site| {
                reception.reaches_aircraft(key, site, id, track.fix.position, horizon, w.now)
            })
    })
}

/// A distance in words.
pub fn miles(metres: f64) -> String {
    format!("{:.1} nm", metres / NM_M)
}
