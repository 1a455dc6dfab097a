//! Grounds: places where several craft without AIS lie at the same time, as radars see them. Whoever runs in from such a ground is
//! told once, by the alert of the first one: that alert stands for those that run in from there like it.
//!
//! A stay counts only where radars saw it: nobody makes a ground by what he sends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geodesy::{self, NM_M};
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::Picture;

/// Distance within which a craft stays, metres, and time after which it has stayed: one that makes way at 3 kn is gone by then.
const STAYS_WITHIN_M: f64 = 0.6 * NM_M;
const STAYS_FOR: Span = Span::from_secs(720);
/// Distance that a craft at work moves at least during its stay, metres: a buoy and a rig lie still.
const MOVES_M: f64 = 200.0;
/// Distance between stays on one ground, metres.
const GROUND_M: f64 = 4.0 * NM_M;
/// Other craft that lay there at the same time: with so many it is a ground.
const OTHERS: usize = 2;
/// Time since the end of a stay within which it still shows a ground.
const LATELY: Span = Span::from_secs(6 * 3600);
/// Distance from where the first craft came from within which its alert stands for others, metres: banks are wide.
const BANK_M: f64 = 8.0 * NM_M;
/// Alerts about craft on one way, from one place on like courses and at like speeds, that stand for others on that way.
const STREAM: usize = 2;
const STREAM_DEG: f64 = 30.0;
const STREAM_SPEED: f64 = 1.6;
/// Speed under which a craft that radars did not see lie on a ground does not run home from it, knots.
const RUNS_HOME_KN: f64 = 10.0;
/// Time for which the alert of the first craft stands for others.
const STANDS_FOR: Span = Span::from_secs(12 * 3600);
/// Distance beyond its stay at which a craft that came from landward may have been seen first, metres.
const SEAWARD_M: f64 = NM_M;
/// Stays, and alerts, that are remembered at most.
const MOST_REMEMBERED: usize = 512;

/// Where a craft is, until it has gone further than a stay reaches.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Anchor {
    at: Position,
    since: Time,
}

/// A craft that lay within a small circle for a while.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Stay {
    at: Position,
    from: Time,
    until: Time,
    /// Greatest distance from the beginning of the stay, metres.
    reach_m: f64,
    /// Distance from the coast, metres.
    off_m: f64,
}

impl Stay {
    /// Whether a craft under way, and no fixed object, stayed here lately.
    fn shows_ground(&self, now: Time) -> bool {
        self.reach_m >= MOVES_M && now - self.until <= LATELY
    }

    fn overlaps(&self, other: &Stay) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

/// An alert that stands for others.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct First {
    from: Position,
    time: Time,
    way: Way,
    /// Whether it came from a ground.
    of_ground: bool,
}

/// Speed and course of a craft.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Speed, knots.
    pub speed_kn: f64,
    /// Course over ground, degrees.
    pub course_deg: f64,
}

impl Way {
    fn is_like(self, other: Way) -> bool {
        self.speed_kn <= STREAM_SPEED * other.speed_kn
            && other.speed_kn <= STREAM_SPEED * self.speed_kn
            && geodesy::angle_between_deg(self.course_deg, other.course_deg) <= STREAM_DEG
    }
}

/// The stays of half a day, and the alerts that stand for others, by track.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Grounds {
    stays: BTreeMap<TrackId, Stay>,
    firsts: BTreeMap<TrackId, First>,
}

/// Where a craft came from, as radars saw it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Began {
    /// Place of the first look.
    pub at: Position,
    /// Distance from the coast at the first look, metres.
    pub off_m: f64,
}

impl Grounds {
    /// Takes note of where a craft without AIS is, at this distance from the coast in metres.
    pub fn note(&mut self, picture: &Picture, id: TrackId, anchor: &mut Option<Anchor>, off_m: f64) {
        let fix = picture.track(id).fix;
        let (at, now) = (fix.position, fix.time);
        let held = anchor.get_or_insert(Anchor { at, since: now });
        let reach_m = geodesy::distance_m(held.at, at);
        if reach_m > STAYS_WITHIN_M {
            *held = Anchor { at, since: now };
            return;
        }
        if now - held.since < STAYS_FOR || picture.sensors.is_fixed_object(id, now) {
            return;
        }
        let from = held.since;
        if let Some(stay) = self.stays.get_mut(&id) {
            // The first stay counts: a craft that lies anew on its way in came from there all the same.
            if geodesy::distance_m(stay.at, at) <= GROUND_M {
                (stay.until, stay.reach_m) = (now, stay.reach_m.max(reach_m));
            }
            return;
        }
        make_room(&mut self.stays, |stay| stay.until, now, LATELY);
        self.stays.insert(id, Stay { at, from, until: now, reach_m, off_m });
    }

    /// Returns where a craft lay, if radars saw it lie and it came there from landward.
    fn lay_at(&self, id: TrackId, began: Began) -> Option<Position> {
        self.stays.get(&id).filter(|stay| began.off_m <= stay.off_m + SEAWARD_M).map(|stay| stay.at)
    }

    /// Returns the ground that a craft comes from: where it lay; else where radars saw it first. `None`: too few others lay there
    /// at the same time.
    fn ground_of(&self, id: TrackId, began: Began, now: Time) -> Option<Position> {
        let at = self.lay_at(id, began).unwrap_or(began.at);
        let near = |(other, stay): &(&TrackId, &Stay)| {
            **other != id && stay.shows_ground(now) && geodesy::distance_m(stay.at, at) <= GROUND_M
        };
        let there: Vec<&Stay> = self.stays.iter().filter(near).map(|(_, stay)| stay).collect();
        let at_once = |one: &&Stay| there.iter().filter(|other| one.overlaps(other)).count();
        there.iter().any(|one| at_once(one) >= OTHERS).then_some(at)
    }

    /// Whether the alert of another craft from the same ground stands for a craft at this speed, where `is_like` says that the speed
    /// of the other is like it. A slow craft that radars did not see lie there may have come from afar, and is not told.
    pub fn is_told(
        &self,
        id: TrackId,
        began: Began,
        speed_kn: f64,
        is_like: impl Fn(f64) -> bool,
        now: Time,
    ) -> bool {
        if speed_kn < RUNS_HOME_KN && self.lay_at(id, began).is_none() {
            return false;
        }
        let stands = |from: Position, first: &First| {
            first.of_ground && is_like(first.way.speed_kn) && geodesy::distance_m(first.from, from) <= BANK_M
        };
        let mut firsts = self.firsts_but(id, now).peekable();
        firsts.peek().is_some()
            && self.ground_of(id, began, now).is_some_and(|from| firsts.any(|first| stands(from, first)))
    }

    /// Whether the alerts of others that came the same way stand for a craft: from the same place, on a like course, at a like speed.
    pub fn is_of_stream(&self, id: TrackId, began: Began, way: Way, now: Time) -> bool {
        let alike =
            |first: &&First| way.is_like(first.way) && geodesy::distance_m(first.from, began.at) <= GROUND_M;
        self.firsts_but(id, now).filter(alike).count() >= STREAM
    }

    /// Returns the alerts about other craft that stand now.
    fn firsts_but(&self, id: TrackId, now: Time) -> impl Iterator<Item = &First> {
        let stands =
            move |(other, first): &(&TrackId, &First)| **other != id && now - first.time <= STANDS_FOR;
        self.firsts.iter().filter(stands).map(|(_, first)| first)
    }

    /// Notes that the alert of a craft is open: it stands for others from the same ground, and on the same way.
    pub fn tell(&mut self, id: TrackId, began: Began, way: Way, now: Time) {
        if self.firsts.contains_key(&id) {
            return;
        }
        let ground = self.ground_of(id, began, now);
        make_room(&mut self.firsts, |first| first.time, now, STANDS_FOR);
        let (from, of_ground) = (ground.unwrap_or(began.at), ground.is_some());
        self.firsts.insert(id, First { from, time: now, way, of_ground });
    }

    /// Returns a sentence for the alert of a craft that comes from a ground.
    pub fn in_words(&self, id: TrackId, began: Began, now: Time) -> Option<String> {
        self.ground_of(id, began, now).map(|_| {
            "It came from a ground where other craft without AIS lie. For 12 h this alert stands for those that run in from there \
             no faster."
                .to_owned()
        })
    }
}

/// Forgets what is older than `kept` where a map is full, and the oldest where that is not enough.
fn make_room<T>(map: &mut BTreeMap<TrackId, T>, time: impl Fn(&T) -> Time, now: Time, kept: Span) {
    if map.len() < MOST_REMEMBERED {
        return;
    }
    map.retain(|_, one| now - time(one) <= kept);
    let oldest = map.iter().min_by_key(|(id, one)| (time(one), **id)).map(|(id, _)| *id);
    if let Some(oldest) = oldest.filter(|_| map.len() >= MOST_REMEMBERED) {
        map.remove(&oldest);
    }
}
