//! Where a radar is and where its bow points, from the sentences of its own stream: for radars that move, and for
//! bearings from the bow.

use serde::{Deserialize, Serialize};

use super::fields::Fields;
use crate::geodesy::normal_deg;
use crate::model::{FeedId, Position, Span, StationId, Time};

/// A heading this old says nothing of a bearing: it comes once a second at least (IEC 62388, annex on interfaces: 1 Hz
/// to 50 Hz), and a craft turns by up to 20 degrees a second.
pub const HEADING_AGE_MAX: Span = Span::from_secs(5);
/// A position this old is not that of a ship's radar: at 20 kn it is 100 m away.
pub const POSITION_AGE_MAX: Span = Span::from_secs(10);
/// Ships of one stream at most; a new one puts out the one unheard for longest.
const OWN_SHIPS_MAX: usize = 64;

/// Whose sensors they are: a feed, and a station within it.
pub(in super::super) type Ship = (FeedId, StationId);

/// What the ships of a stream say of themselves; bounded.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in super::super) struct OwnShips(Vec<OwnShip>);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct OwnShip {
    ship: Ship,
    heading: (Time, f64),
    position: (Time, Position),
}

impl OwnShips {
    /// Takes note of a heading, degrees true, and of a position, where they are told.
    pub fn note(&mut self, ship: Ship, at: Time, heading: Option<f64>, position: Option<Position>) {
        if heading.is_none() && position.is_none() {
            return;
        }
        let Some(own) = self.entry(ship) else { return };
        own.heading = heading.map_or(own.heading, |heading| (at, heading));
        own.position = position.map_or(own.position, |position| (at, position));
    }

    /// The heading at a time, degrees true.
    pub fn heading(&self, ship: Ship, at: Time) -> Option<f64> {
        fresh(self.of(ship)?.heading, at, HEADING_AGE_MAX)
    }

    /// The position at a time.
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

fn fresh<T>((told, value): (Time, T), at: Time, age_max: Span) -> Option<T> {
    (told <= at && at - told <= age_max).then_some(value)
}

/// HDT: heading, T.
pub(super) fn hdt(fields: &[u8]) -> Option<f64> {
    let mut fields = Fields::new(fields);
    let heading = fields.angle().ok()??.value;
    (fields.letter().ok()? == b'T').then_some(heading)
}

/// THS (heading, mode) and OSD (heading, validity, …): A is autonomous or valid, E estimated.
pub(super) fn ths(fields: &[u8]) -> Option<f64> {
    let mut fields = Fields::new(fields);
    let heading = fields.angle().ok()??.value;
    matches!(fields.letter().ok()?, b'A' | b'E').then_some(heading)
}

/// HDG: magnetic sensor's heading, deviation, E/W, variation, E/W. True only where the variation is told.
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

/// GGA: time, position, quality of the fix, where 0 is none.
pub(super) fn gga(fields: &[u8]) -> Option<Position> {
    let mut fields = Fields::new(fields);
    fields.next();
    let position = fields.position().ok()??.0;
    matches!(fields.next(), [b'1'..=b'9']).then_some(position)
}

/// GLL: position, time, status A; the oldest receivers send the position alone.
pub(super) fn gll(fields: &[u8]) -> Option<Position> {
    let mut fields = Fields::new(fields);
    let position = fields.position().ok()??.0;
    fields.next();
    matches!(fields.letter().ok()?, b'A' | 0).then_some(position)
}

/// RMC: time, status A, position.
pub(super) fn rmc(fields: &[u8]) -> Option<Position> {
    let mut fields = Fields::new(fields);
    fields.next();
    (fields.letter().ok()? == b'A').then_some(())?;
    Some(fields.position().ok()??.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings() {
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
    fn positions() {
        let there = Position::new(-59.71, 13.0);
        assert_eq!(gga(b"000009,1300.00,N,05942.60,W,1,05,1.0,2,M,,M,,"), there);
        assert_eq!(gga(b"000009,1300.00,N,05942.60,W,0,05,1.0,2,M,,M,,"), None);
        assert_eq!(gll(b"1300.00,N,05942.60,W,000009,A,D"), there);
        assert_eq!(gll(b"1300.00,N,05942.60,W"), there);
        assert_eq!(gll(b"1300.00,N,05942.60,W,000009,V,N"), None);
        assert_eq!(rmc(b"000005,A,1300.00,N,05942.60,W,0.0,0.0,010126,0.7,E,A"), there);
        assert_eq!(rmc(b"000005,V,1300.00,N,05942.60,W,0.0,0.0,010126,0.7,E,N"), None);
    }

    #[test]
    fn what_is_old_says_nothing_and_room_is_bounded() {
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
