//! What never goes away: buoys, rigs, wrecks and rocks, learnt by each sensor over days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Position, SensorId, Span, Time};

/// It is looked for what lies still this often, and what has lain still for so long is noted.
pub const EVERY: Span = Span::from_secs(3600);
/// Lying still: within this of where it was first seen, metres.
pub const STILL_M: f64 = 150.0;
/// A vessel at anchor for two days is seen on three dates at most: one more, and it is no vessel.
const DAYS: u8 = 4;
/// What was not seen for so many days is gone.
const GONE: i64 = 30;
/// Places at most; beyond, none is learnt.
const PLACES: usize = 65_536;
/// Side of a place, degrees: about 200 m.
const PLACE_DEG: f64 = 0.002;

/// A sensor's place, by its sensor and its cell.
type Key = (SensorId, i32, i32);

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Place {
    days: u8,
    last_day: i64,
}

/// Places where something lay still, by sensor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fixed(BTreeMap<Key, Place>);

impl Fixed {
    /// Something that no AIS explains has lain still there for long.
    pub fn note(&mut self, sensor: SensorId, at: Position, now: Time) {
        let (key, today) = (key(sensor, at), day(now));
        if self.0.len() >= PLACES && !self.0.contains_key(&key) {
            self.0.retain(|_, place| today - place.last_day <= GONE);
            if self.0.len() >= PLACES {
                return;
            }
        }
        let place = self.0.entry(key).or_default();
        if today - place.last_day > GONE {
            place.days = 0;
        }
        if place.days == 0 || today > place.last_day {
            (place.days, place.last_day) = (place.days.saturating_add(1), today);
        }
    }

    /// Whether what lies there has lain there on so many days that it is no vessel.
    pub fn is_fixed(&self, sensor: SensorId, at: Position, now: Time) -> bool {
        let (_, x, y) = key(sensor, at);
        // It may lie on the edge of a place.
        let near = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (sensor, x, y)));
        let known = |key| self.0.get(&key);
        near.filter_map(known).any(|place| place.days >= DAYS && day(now) - place.last_day <= GONE)
    }
}

fn key(sensor: SensorId, at: Position) -> Key {
    let cell = |degrees: f64| libm::floor(degrees / PLACE_DEG) as i32;
    (sensor, cell(at.lon()), cell(at.lat()))
}

fn day(time: Time) -> i64 {
    time.0.div_euclid(86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(metres: f64) -> Position {
        crate::geodesy::moved_m(Position::new(-61.9251, 10.1779).unwrap(), [metres, 0.0])
    }

    fn noted(hours: std::ops::Range<i64>) -> Fixed {
        let mut fixed = Fixed::default();
        // From an evening on, so that two days have three dates.
        hours.for_each(|h| {
            fixed.note(SensorId(1), at((h % 3) as f64 * 20.0), Time::from_secs(20 * DAY + (20 + h) * 3600))
        });
        fixed
    }

    #[test]
    fn a_rig_is_learnt_and_a_vessel_anchored_for_two_days_is_not() {
        let now = Time::from_secs(24 * DAY);
        let rig = noted(0..72);
        assert!(rig.is_fixed(SensorId(1), at(50.0), now));
        assert!(!rig.is_fixed(SensorId(2), at(50.0), now), "each sensor for itself");
        assert!(!rig.is_fixed(SensorId(1), at(1000.0), now), "there, and nowhere else");
        assert!(!noted(0..48).is_fixed(SensorId(1), at(50.0), now));
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut rig = noted(0..72);
        assert!(!rig.is_fixed(SensorId(1), at(0.0), Time::from_secs(60 * DAY)));
        rig.note(SensorId(1), at(0.0), Time::from_secs(60 * DAY));
        assert!(!rig.is_fixed(SensorId(1), at(0.0), Time::from_secs(60 * DAY)), "it begins anew");
    }
}
