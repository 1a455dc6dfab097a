//! Fixed objects: buoys, rigs, wrecks and rocks, learnt by each sensor over days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Tracker;
use crate::model::{Position, SensorId, Span, Time};

/// Interval between searches for what lies still; what has lain still for that long is noted.
pub const SEARCH_EVERY: Span = Span::from_secs(3600);
/// Distance from its first position within which a target lies still, metres.
pub const STILL_M: f64 = 150.0;
/// Dates after which what lies still is a fixed object: a vessel at anchor for two days is detected on three at most.
const FIXED_AFTER_DATES: u8 = 4;
/// Days without a detection after which a fixed object is gone.
const GONE_AFTER_DAYS: i64 = 30;
/// Places at most; beyond, none is learnt.
const MOST_PLACES: usize = 65_536;
/// Side of a place, degrees: about 200 m.
const PLACE_DEG: f64 = 0.002;

/// A place: its sensor and its cell.
type Key = (SensorId, i32, i32);

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Place {
    days: u8,
    last_day: i64,
}

/// Places where something lay still, by sensor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FixedObjects(BTreeMap<Key, Place>);

impl FixedObjects {
    /// Notes that something without AIS has lain still there for an hour.
    pub fn note(&mut self, sensor: SensorId, at: Position, now: Time) {
        let (key, today) = (key(sensor, at), day(now));
        if self.0.len() >= MOST_PLACES && !self.0.contains_key(&key) {
            self.0.retain(|_, place| today - place.last_day <= GONE_AFTER_DAYS);
            if self.0.len() >= MOST_PLACES {
                return;
            }
        }
        let place = self.0.entry(key).or_default();
        if today - place.last_day > GONE_AFTER_DAYS {
            place.days = 0;
        }
        if place.days == 0 || today > place.last_day {
            (place.days, place.last_day) = (place.days.saturating_add(1), today);
        }
    }

    /// Returns whether what lies there has lain there on so many days that it is no vessel.
    pub fn is_fixed(&self, sensor: SensorId, at: Position, now: Time) -> bool {
        let (_, x, y) = key(sensor, at);
        // It may lie on the edge of a cell.
        let near = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (sensor, x, y)));
        let known = |key| self.0.get(&key);
        near.filter_map(known)
            .any(|place| place.days >= FIXED_AFTER_DATES && day(now) - place.last_day <= GONE_AFTER_DAYS)
    }
}

/// Notes where what no AIS explains has lain still for an hour, if a search is due.
pub(super) fn learn(t: &mut Tracker<'_>, sensor: SensorId, now: Time) {
    let state = t.sensors.sensor_mut(sensor);
    // A clock that jumped ahead and came back stops no search for longer than one interval.
    if now < state.next_still && state.next_still - now <= SEARCH_EVERY {
        return;
    }
    state.next_still = now + SEARCH_EVERY;
    let still: Vec<Position> = t
        .sensors
        .sensor(sensor)
        .live
        .iter()
        .map(|&at| t.sensors.track(at))
        .filter(|s| {
            let explained = s.feeds.is_some_and(|id| t.tracks.track(id).is_cooperative());
            !s.air && !explained && s.last - s.first >= SEARCH_EVERY && s.lies_still()
        })
        .map(|s| s.filter.position())
        .collect();
    for at in still {
        t.sensors.fixed_objects.note(sensor, at, now);
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

    fn noted(hours: std::ops::Range<i64>) -> FixedObjects {
        let mut fixed = FixedObjects::default();
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
