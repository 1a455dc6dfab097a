//! History of a track: a bounded ring of thinned points, oldest first, and the way of a day before them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::past_way::PastWay;
use crate::model::{Position, Time};

/// Least distance between two points in report time, seconds.
pub const POINT_STEP_S: u32 = 60;

/// One point of a history: sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    secs: u32,
    position: Position,
    sog_tenths: u16,
}

impl Point {
    /// Returns the report time, in whole seconds.
    pub fn time(self) -> Time {
        Time::from_secs(i64::from(self.secs))
    }

    /// Returns the position.
    pub fn position(self) -> Position {
        self.position
    }

    /// Returns the report time, whole seconds.
    pub(super) fn secs(self) -> u32 {
        self.secs
    }

    /// Returns the speed over ground, tenths of a knot; [`UNKNOWN`](super::fix::UNKNOWN) where it is unknown.
    pub(super) fn sog_tenths(self) -> u16 {
        self.sog_tenths
    }

    /// Returns the speed over ground, knots.
    pub fn sog_kn(self) -> Option<f64> {
        (self.sog_tenths != u16::MAX).then(|| f64::from(self.sog_tenths) / 10.0)
    }
}

/// End of a stretch of the way of a track, from the end before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// Report time.
    pub time: Time,
    /// Position.
    pub position: Position,
    /// Lowest and highest speed on the stretch, knots; of a point of the history its own. `None` where no speed is known.
    pub kn: Option<[f64; 2]>,
}

/// The points of a track.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    points: VecDeque<Point>,
    /// Way before the points. Saved as a part of its own.
    #[serde(skip)]
    pub(super) past: Option<Box<PastWay>>,
}

impl History {
    /// Adds a fix if it is far enough from its neighbours in time; a late one finds its place. Where there are `most` points, the
    /// oldest leaves, for the way of the day where that is kept. Returns whether the fix is now the newest point.
    pub fn add(
        &mut self,
        time: Time,
        position: Position,
        sog_tenths: u16,
        most: usize,
        keeps_way: bool,
    ) -> bool {
        let secs = (time.0 / 1000).clamp(0, i64::from(u32::MAX)) as u32;
        let point = Point { secs, position, sog_tenths };
        let at = match self.points.back() {
            Some(last) if last.secs > secs => self.points.partition_point(|p| p.secs <= secs),
            _ => self.points.len(),
        };
        let far = |other: Option<&Point>| other.is_none_or(|p| p.secs.abs_diff(secs) >= POINT_STEP_S);
        if !far(at.checked_sub(1).and_then(|i| self.points.get(i))) || !far(self.points.get(at)) {
            return false;
        }
        if self.points.len() >= most {
            if at == 0 {
                return false;
            }
            let oldest = self.points.pop_front();
            self.points.insert(at - 1, point);
            if let Some(oldest) = oldest.filter(|_| keeps_way) {
                self.add_to_past(oldest);
            }
        } else {
            self.points.insert(at, point);
        }
        self.points.back() == Some(&point)
    }

    fn add_to_past(&mut self, oldest: Point) {
        match &mut self.past {
            Some(past) => past.add(oldest),
            None => self.past = Some(Box::new(PastWay::new(oldest))),
        }
    }

    /// Returns the two newest points, the older one first.
    pub fn last_two(&self) -> Option<[Point; 2]> {
        let before = self.points.len().checked_sub(2)?;
        Some([*self.points.get(before)?, *self.points.back()?])
    }

    /// Returns the points from a time on, oldest first.
    pub fn since(&self, time: Time) -> impl DoubleEndedIterator<Item = Point> + '_ {
        let from = self.points.partition_point(|p| p.time() < time);
        self.points.range(from..).copied()
    }

    /// Returns the ends of the stretches of the way of the last day, from a time on, oldest first: legs, then points.
    pub fn ends_since(&self, time: Time) -> impl Iterator<Item = End> + '_ {
        let legs = self.past.iter().flat_map(|past| past.ends()).filter(move |end| end.time >= time);
        let of_point = |point: Point| End {
            time: point.time(),
            position: point.position,
            kn: point.sog_kn().map(|kn| [kn; 2]),
        };
        legs.chain(self.since(time).map(of_point))
    }

    /// Returns the position at a time, between the two points round it; `None` outside or in a hole of over ten minutes.
    pub fn position_at(&self, time: Time) -> Option<Position> {
        let after = self.points.partition_point(|p| p.time() < time);
        let b = self.points.get(after)?;
        if b.time() == time {
            return Some(b.position);
        }
        let a = self.points.get(after.checked_sub(1)?)?;
        let hole = b.secs - a.secs;
        if hole > 600 {
            return None;
        }
        let share = (time - a.time()).secs() / f64::from(hole);
        let [east, north] = crate::geodesy::offset_m(a.position.lon_lat(), b.position.lon_lat());
        Some(crate::geodesy::moved_m(a.position, [east * share, north * share]))
    }

    /// Returns the bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let past = self.past.as_ref().map_or(0, |past| past.heap_bytes());
        self.points.capacity() * size_of::<Point>() + past
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.points.clear();
        self.past = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64) -> Position {
        Position::new(lon, 13.0).unwrap()
    }

    #[test]
    fn thinned_bounded_and_in_order_whatever_the_order() {
        let mut h = History::default();
        for secs in [0, 30, 60, 200, 120, 121, 400, 300] {
            h.add(Time::from_secs(secs), at(-60.0 + secs as f64 / 1e4), 10, 5, false);
        }
        let times: Vec<i64> = h.since(Time(0)).map(|p| p.time().0 / 1000).collect();
        assert_eq!(times, [60, 120, 200, 300, 400]);
        h.add(Time::from_secs(1), at(-60.0), 10, 5, false);
        assert_eq!(h.since(Time(0)).count(), 5, "older than the oldest finds no place in a full ring");
        let mid = h.position_at(Time::from_secs(250)).unwrap();
        assert!((mid.lon() - at(-60.0 + 0.025).lon()).abs() < 1e-6);
        assert_eq!(h.position_at(Time::from_secs(401)), None);
    }
}
