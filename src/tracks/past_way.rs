//! Way of a track before the points of its history, for a day: straight legs, packed.
//!
//! Links that were cut off pass reports on within a day. What shows that such a report is a copy is the way that the vessel has
//! come. A point that leaves the history lengthens the newest leg where the points between lie beside it and were as fast;
//! else a new leg begins.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::fix::UNKNOWN;
use super::history::{End, Point};
use crate::geodesy;
use crate::model::{Position, Time};

/// Age of the end of a leg up to which it is kept, seconds before the newest end.
const KEPT_S: u32 = 86_400;
/// Limit of the number of legs: 1 KiB. The oldest makes room.
const LEGS_MAX: usize = 128;
/// Distance from a leg up to which the points that it stands for may lie, metres.
const BESIDE_M: f64 = 50.0;
/// Difference up to which speeds are those of one leg, half knots.
const SPREAD: u8 = 5;
/// Steps of a leg's ends in a degree: 5.6 m of latitude.
const STEPS_PER_DEG: f64 = 20_000.0;
/// Number of half knots that stands for an unknown speed.
const UNKNOWN_HALVES: u8 = u8::MAX;

/// Straight legs from the oldest corner on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastWay {
    /// Corner where the oldest leg begins.
    start: Corner,
    /// Corner where the newest leg begins.
    corner: Corner,
    /// Greatest distance from that corner of a point that the newest leg stands for, metres.
    reach_m: f32,
    fan: Option<Fan>,
    legs: VecDeque<Leg>,
}

/// A leg, measured from where it begins: eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Leg {
    secs: u16,
    east: i16,
    north: i16,
    /// Lowest and highest speed on it, half knots.
    slow: u8,
    fast: u8,
}

/// A position at a time, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Corner {
    secs: u32,
    position: Position,
}

/// Bearings from a corner, degrees, on which a leg passes by all points that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Fan {
    bearing_deg: f32,
    left_deg: f32,
    right_deg: f32,
}

impl Fan {
    /// Returns the bearings of this fan (of all where there is none) that pass by a point as well; `None` where the point itself is
    /// on none of them.
    fn narrowed(fan: Option<Fan>, bearing_deg: f64, distance_m: f64) -> Option<Fan> {
        let beside_deg = libm::asin((BESIDE_M / distance_m).min(1.0)).to_degrees();
        let Some(fan) = fan else {
            let beside_deg = beside_deg as f32;
            return Some(Fan {
                bearing_deg: bearing_deg as f32,
                left_deg: beside_deg,
                right_deg: beside_deg,
            });
        };
        let turned = geodesy::normal_deg(bearing_deg - f64::from(fan.bearing_deg) + 180.0) - 180.0;
        let is_in = -f64::from(fan.left_deg) <= turned && turned <= f64::from(fan.right_deg);
        is_in.then(|| Fan {
            left_deg: fan.left_deg.min((beside_deg - turned) as f32),
            right_deg: fan.right_deg.min((beside_deg + turned) as f32),
            ..fan
        })
    }
}

impl Corner {
    fn of(point: Point) -> Corner {
        Corner { secs: point.secs(), position: point.position() }
    }

    /// Returns where a leg from here ends.
    fn after(self, leg: Leg) -> Corner {
        let degrees = |steps: i16| f64::from(steps) / STEPS_PER_DEG;
        let end =
            Position::new(self.position.lon() + degrees(leg.east), self.position.lat() + degrees(leg.north));
        Corner { secs: self.secs + u32::from(leg.secs), position: end.unwrap_or(self.position) }
    }

    /// Returns the leg to a point; `None` where that is too far off in place or time for one.
    fn leg_to(self, point: Point) -> Option<Leg> {
        let steps = |degrees: f64| {
            let steps = libm::rint(degrees * STEPS_PER_DEG);
            (steps.abs() <= f64::from(i16::MAX)).then_some(steps as i16)
        };
        let [slow, fast] = match point.sog_tenths() {
            UNKNOWN => [UNKNOWN_HALVES; 2],
            tenths => [tenths / 5, tenths.div_ceil(5)].map(|n| n.min(u16::from(UNKNOWN_HALVES) - 1) as u8),
        };
        Some(Leg {
            secs: u16::try_from(point.secs().checked_sub(self.secs)?).ok()?,
            east: steps(point.position().lon() - self.position.lon())?,
            north: steps(point.position().lat() - self.position.lat())?,
            slow,
            fast,
        })
    }
}

impl PastWay {
    /// Returns the way that begins at a point.
    pub fn new(point: Point) -> PastWay {
        let start = Corner::of(point);
        PastWay { start, corner: start, reach_m: 0.0, fan: None, legs: VecDeque::new() }
    }

    /// Adds a point that is newer than all others. After a leap, and after a hole of most of a day, the way begins anew.
    pub fn add(&mut self, point: Point) {
        if !self.lengthen(point) {
            if let Some(last) = self.legs.back() {
                self.corner = self.corner.after(*last);
            }
            let Some(leg) = self.corner.leg_to(point) else { return *self = PastWay::new(point) };
            if self.legs.len() >= LEGS_MAX {
                self.forget_oldest();
            }
            (self.reach_m, self.fan) = (0.0, None);
            self.legs.push_back(leg);
            self.lengthen(point);
        }
        let is_old = |way: &PastWay, leg: &Leg| way.start.after(*leg).secs + KEPT_S < point.secs();
        while self.legs.front().is_some_and(|oldest| is_old(self, oldest)) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.legs.pop_front() {
            self.start = self.start.after(oldest);
        }
    }

    /// Lengthens the newest leg to a point. Returns whether the leg still stands for all its points.
    fn lengthen(&mut self, point: Point) -> bool {
        let (Some(last), Some(mut leg)) = (self.legs.back_mut(), self.corner.leg_to(point)) else {
            return false;
        };
        let both_known = (last.slow == UNKNOWN_HALVES) == (leg.slow == UNKNOWN_HALVES);
        (leg.slow, leg.fast) = (leg.slow.min(last.slow), leg.fast.max(last.fast));
        let [east, north] = geodesy::offset_m(self.corner.position.lon_lat(), point.position().lon_lat());
        let distance_m = libm::hypot(east, north);
        let goes_on = distance_m >= f64::from(self.reach_m) - BESIDE_M;
        if !both_known || leg.fast - leg.slow > SPREAD || !goes_on {
            return false;
        }
        if distance_m > BESIDE_M {
            let bearing_deg = libm::atan2(east, north).to_degrees();
            let Some(fan) = Fan::narrowed(self.fan, bearing_deg, distance_m) else { return false };
            self.fan = Some(fan);
        }
        self.reach_m = self.reach_m.max(distance_m as f32);
        *last = leg;
        true
    }

    /// Returns the ends of the legs, the oldest first.
    pub fn ends(&self) -> impl Iterator<Item = End> + '_ {
        let end = |corner: Corner, leg: Leg| End {
            time: Time::from_secs(i64::from(corner.secs)),
            position: corner.position,
            kn: (leg.slow != UNKNOWN_HALVES)
                .then(|| [leg.slow, leg.fast].map(|halves| f64::from(halves) / 2.0)),
        };
        let first = self.legs.front().map(|leg| end(self.start, *leg));
        let later = self.legs.iter().scan(self.start, move |corner, leg| {
            *corner = corner.after(*leg);
            Some(end(*corner, *leg))
        });
        first.into_iter().chain(later)
    }

    /// Returns the bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        size_of::<PastWay>() + self.legs.capacity() * size_of::<Leg>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracks::History;

    const DAY: i64 = 86_400;

    /// Returns the history of a vessel with a report each half a minute; `place` is her position and speed, tenths of a knot.
    fn history(until: i64, place: impl Fn(i64) -> ([f64; 2], u16)) -> History {
        let mut history = History::default();
        for secs in (0..until).step_by(30) {
            let ([lon, lat], tenths) = place(secs);
            history.add(Time::from_secs(secs), Position::new(lon, lat).unwrap(), tenths, 120, true);
        }
        history
    }

    fn ends(history: &History) -> Vec<End> {
        history.ends_since(Time(0)).collect()
    }

    /// Returns the distance of a position from the way that ends make, metres.
    fn beside_m(ends: &[End], at: [f64; 2]) -> f64 {
        let offset = |end: &End| geodesy::offset_m(at, end.position.lon_lat());
        let lines = ends.windows(2).map(|line| geodesy::to_segment_m(offset(&line[0]), offset(&line[1])));
        lines.fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn a_day_under_way_is_a_few_legs_that_pass_by_every_point() {
        // Six hours out, an hour at rest, a wide bend, and on in zigzags.
        let place = |secs: i64| match secs {
            0..21_600 => ([-60.0 + secs as f64 / 1e5, 13.0], 60),
            21_600..25_200 => ([-59.784, 13.0], 0),
            25_200..40_000 => {
                let angle = (secs - 25_200) as f64 / 14_800.0 * std::f64::consts::PI;
                ([-59.784 + 0.1 * angle.sin(), 13.1 - 0.1 * angle.cos()], 49)
            }
            _ => {
                let [along, leg] = [(secs - 40_000) % 3_600, (secs - 40_000) / 3_600].map(|n| n as f64);
                (
                    [
                        -59.784 - (leg * 3_600.0 + along) / 2e5,
                        13.2 + (leg % 2.0 * 3_600.0 - along).abs() / 2e5,
                    ],
                    71,
                )
            }
        };
        let history = history(DAY, place);
        let ends = ends(&history);
        assert!(ends.is_sorted_by_key(|end| end.time), "oldest first");
        assert_eq!(ends[0].time, Time(0));
        let legs = ends.len() - 120;
        assert!(legs < 50, "{legs} legs");
        for secs in (0..DAY).step_by(600) {
            let (at, tenths) = place(secs);
            assert!(beside_m(&ends, at) < 1.5 * BESIDE_M, "{secs} s");
            let kn = f64::from(tenths) / 10.0;
            assert!(ends.iter().any(|end| end.kn.is_some_and(|[slow, fast]| slow <= kn && kn <= fast)));
        }
        assert!(history.heap_bytes() < 128 * 16 + 700, "{} bytes", history.heap_bytes());
    }

    #[test]
    fn the_way_is_bounded_in_time_and_in_legs_and_begins_anew_after_a_leap() {
        let straight = |secs: i64| ([-60.0 + secs as f64 / 1e5, 13.0], 60);
        let long = history(3 * DAY, straight);
        let oldest = ends(&long)[0].time;
        assert!(oldest > Time::from_secs(DAY) && oldest < Time::from_secs(3 * DAY - DAY), "{oldest:?}");
        // A boat that turns every two minutes.
        let fishing = history(DAY, |secs| ([-60.0 + (secs / 120 % 2) as f64 / 500.0, 13.0], 30));
        assert!(ends(&fishing).len() <= 120 + LEGS_MAX + 1);
        assert!(fishing.heap_bytes() < 128 * 16 + 8 * LEGS_MAX + 128, "{} bytes", fishing.heap_bytes());
        let mut leaps = history(DAY, straight);
        leaps.add(Time::from_secs(DAY), Position::new(10.0, 50.0).unwrap(), 60, 120, true);
        for minutes in 1..130 {
            let time = Time::from_secs(DAY + 60 * minutes);
            leaps.add(time, Position::new(10.0, 50.0).unwrap(), 0, 120, true);
        }
        assert!(ends(&leaps)[0].time >= Time::from_secs(DAY), "{:?}", ends(&leaps)[0]);
        let rest = history(DAY, |_| ([-60.0, 13.0], 0));
        assert!(ends(&rest).len() < 120 + 4, "at rest one leg stands for hours");
    }

    #[test]
    fn a_history_that_keeps_no_way_ends_with_its_points() {
        let mut short = History::default();
        for minutes in 0..200 {
            short.add(Time::from_secs(60 * minutes), Position::new(-60.0, 13.0).unwrap(), 0, 120, false);
        }
        assert_eq!(ends(&short).len(), 120);
    }
}
