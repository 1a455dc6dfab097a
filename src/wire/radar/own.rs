//! Position and heading of the ships that carry radars, from the navigation sentences of the radar's own stream: for
//! radars that move, and for bearings relative to the bow.

use serde::{Deserialize, Serialize};

use super::fields::Fields;
use crate::geodesy::normal_deg;
use crate::model::{FeedId, Position, Span, StationId, Time};

/// Age beyond which a heading is not used: headings come at least once a second (IEC 62388, annex on interfaces: 1 Hz
/// to 50 Hz), and a craft turns by up to 20 degrees a second.
pub const HEADING_AGE_MAX: Span = Span::from_secs(5);
/// Age beyond which a position of own ship is not used: at 20 kn the ship is then 100 m away.
pub const POSITION_AGE_MAX: Span = Span::from_secs(10);
/// Limit of ships in one stream; a new one replaces the one silent for longest.
const OWN_SHIPS_MAX: usize = 64;

/// Ship that carries sensors: a feed, and a station within it.
pub(in crate::wire) type Ship = (FeedId, StationId);

/// Last heading and position of each ship of a stream; bounded.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::wire) struct OwnShips(Vec<OwnShip>);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct OwnShip {
    ship: Ship,
    heading: (Time, f64),
    position: (Time, Position),
}

impl OwnShips {
    /// Keeps a heading (degrees true) and a position, where they are given.
    pub fn note(&mut self, ship: Ship, at: Time, heading: Option<f64>, position: Option<Position>) {
        if heading.is_none() && position.is_none() {
            return;
        }
        let Some(own) = self.entry(ship) else { return };
        own.heading = heading.map_or(own.heading, |heading| (at, heading));
        own.position = position.map_or(own.position, |position| (at, position));
    }

    /// Returns the heading at a time, degrees true.
    pub fn heading(&self, ship: Ship, at: Time) -> Option<f64> {
        fresh(self.of(ship)?.heading, at, HEADING_AGE_MAX)
    }

    /// Returns the position at a time.
    pub fn position(&self, ship: Ship, at: Time) -> Option<Position> {
        fresh(self.of(ship)?.position, at, POSITION_AGE_MAX)
    }

    fn of(&self, ship: Ship) -> Option<&OwnShip> {
        self.0.iter().find(|own| own.ship == ship)
    }

    fn entry(&mut self, ship: Ship) -> Option<&mut OwnShip> {
        let heard = |own: &OwnShip| own.heading.0.max(own.position.0);
        let index = self.0.iter().position(|own| own.ship == ship).or_else(|| {
            let unheard = (Time::NEVER, 0.0);
            let new = OwnShip { ship, heading: unheard, position: (Time::NEVER, Position::default()) };
            if self.0.len() < OWN_SHIPS_MAX {
                self.0.push(new);
                return Some(self.0.len() - 1);
            }
            let oldest = (0..self.0.len()).min_by_key(|n| heard(&self.0[*n]))?;
            self.0[oldest] = new;
            Some(oldest)
        })?;
        self.0.get_mut(index)
    }
}

/// Returns a value that is at most `age_max` old.
fn fresh<T>((noted, value): (Time, T), at: Time, age_max: Span) -> Option<T> {
    (noted <= at && at - noted <= age_max).then_some(value)
}

/// Reads the heading (degrees true) of HDT: heading, T.
pub(super) fn hdt(fields: &[u8]) -> Option<f64> {
    let mut fields = Fields::new(fields);
    let heading = fields.angle().ok()??.value;
    (fields.letter().ok()? == b'T').then_some(heading)
}

/// Reads the heading (degrees true) of THS (heading, mode) or OSD (heading, validity, …): A is autonomous or valid, E estimated.
pub(super) fn ths(fields: &[u8]) -> Option<f64> {
    let mut fields = Fields::new(fields);
    let heading = fields.angle().ok()??.value;
    matches!(fields.letter().ok()?, b'A' | b'E').then_some(heading)
}

/// Reads the heading (degrees true) of HDG: magnetic sensor heading, deviation, E/W, variation, E/W. `None` without a
/// variation: the heading is then magnetic.
pub(super) fn hdg(fields: &[u8]) -> Option<f64> {
    let mut fields = Fields::new(fields);
    let sensor = fields.angle().ok()??.value;
    let mut easterly = || {
        let angle = fields.angle().ok()?.map(|angle| angle.value);
        match (angle, fields.letter().ok()?) {
            (Some(angle), b'E') => Some(Some(angle)),
            (Some(angle), b'W') => Some(Some(-angle)),
            (None, _) => Some(None),
            _ => None,
        }
    };
    let (deviation, variation) = (easterly()?, easterly()?);
    Some(normal_deg(sensor + deviation.unwrap_or(0.0) + variation?))
}

/// Reads the position of GGA: time, position, quality of the fix, where 0 is none.
pub(super) fn gga(fields: &[u8]) -> Option<Position> {
    let mut fields = Fields::new(fields);
    fields.next();
    let position = fields.position().ok()??.0;
    matches!(fields.next(), [b'1'..=b'9']).then_some(position)
}

/// Reads the position of GLL: position, time, status A; the oldest receivers send the position alone.
pub(super) fn gll(fields: &[u8]) -> Option<Position> {
    let mut fields = Fields::new(fields);
    let position = fields.position().ok()??.0;
    fields.next();
    matches!(fields.letter().ok()?, b'A' | 0).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_true_and_only_those_said_to_be_valid() {
        assert_eq!(hdt(b"296.0,T"), Some(296.0));
        assert_eq!(hdt(b"296.0,M"), None);
        assert_eq!(hdt(b",T"), None);
        assert_eq!(ths(b"12.5,A"), Some(12.5));
        assert_eq!(ths(b"12.5,V"), None);
        assert_eq!(ths(b"12.5,A,30.0,T,11.2,W,,,N"), Some(12.5));
        assert_eq!(hdg(b"10.0,1.0,E,15.0,W"), Some(356.0));
        assert_eq!(hdg(b"10.0,,,2.5,E"), Some(12.5));
        assert_eq!(hdg(b"10.0,,,,"), None);
        assert_eq!(hdg(b"10.0,1.0,,2.0,E"), None);
    }

    #[test]
    fn positions_are_only_those_of_a_valid_fix() {
        let there = Position::new(-59.71, 13.0);
        assert_eq!(gga(b"000009,1300.00,N,05942.60,W,1,05,1.0,2,M,,M,,"), there);
        assert_eq!(gga(b"000009,1300.00,N,05942.60,W,0,05,1.0,2,M,,M,,"), None);
        assert_eq!(gll(b"1300.00,N,05942.60,W,000009,A,D"), there);
        assert_eq!(gll(b"1300.00,N,05942.60,W"), there);
        assert_eq!(gll(b"1300.00,N,05942.60,W,000009,V,N"), None);
    }

    #[test]
    fn old_values_are_not_used_and_the_number_of_ships_is_bounded() {
        let mut own = OwnShips::default();
        let ship = |n: u16| (FeedId(1), StationId(n));
        own.note(ship(1), Time(0), Some(90.0), Position::new(1.0, 2.0));
        assert_eq!(own.heading(ship(1), Time(5000)), Some(90.0));
        assert_eq!(own.heading(ship(1), Time(5001)), None);
        assert_eq!(own.heading(ship(1), Time(-1)), None);
        assert_eq!(own.position(ship(1), Time(10_000)), Position::new(1.0, 2.0));
        assert_eq!(own.position(ship(1), Time(10_001)), None);
        assert_eq!(own.heading(ship(2), Time(0)), None);
        for n in 2..200 {
            own.note(ship(n), Time(1), Some(f64::from(n)), None);
        }
        assert_eq!(own.0.len(), OWN_SHIPS_MAX);
        assert_eq!(own.heading(ship(1), Time(1)), None);
        assert_eq!(own.heading(ship(199), Time(1)), Some(199.0));
    }
}
