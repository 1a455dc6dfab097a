//! Outings: craft without AIS that radars saw put out and lost out there. One of them that comes home explains one craft that a radar
//! takes up far out: one that moves like it, towards where it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::Picture;

/// Distance from the coast that a craft has gained when it has put out, metres.
const PUT_OUT_M: f64 = 1.5 * NM_M;
/// Share of the way out that it has come back when it is home, or nearly so, under the same track: on a bank it wanders for less.
const CAME_BACK: f64 = 0.5;
/// Longest outing.
const LONGEST: Span = Span::from_secs(18 * 3600);
/// Outings that are remembered at most.
const MOST_OUTINGS: usize = 256;
/// Speeds of one craft out and home differ by this factor at most.
const LIKE_SPEED: f64 = 1.6;
/// Distance from where it came from at which the way home leads past, metres.
const HOME_M: f64 = 2.5 * NM_M;
/// Top speed out there, and what is allowed for the accuracy of both ends of the way.
const TOP_MS: f64 = 30.0 * KN_MS;
const SLACK_M: f64 = NM_M;

/// Longest time for which radars lose one on its way home, and the way that it makes meanwhile by its speed before.
const LOST_FOR: Span = Span::from_secs(1800);
const GOES_ON: f64 = 1.3;

/// A craft that put out.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outing {
    /// Where radars saw it first.
    from: Position,
    /// Where and when radars saw it last.
    out: Position,
    last: Time,
    /// Top speed on the way out, knots.
    top_kn: f64,
    /// The track that came home as it.
    home_as: Option<TrackId>,
}

/// The outings of a day, by the track that put out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outings(BTreeMap<TrackId, Outing>);

impl Outings {
    /// Takes note of where a craft without AIS is, by its distances from the coast: when radars saw it first, at its furthest, and
    /// now, metres.
    pub fn note(&mut self, picture: &Picture, id: TrackId, first_m: f64, furthest_m: f64, now_m: f64) {
        let track = picture.track(id);
        let (at, now) = (track.fix.position, track.fix.time);
        let came_back = furthest_m - now_m >= CAME_BACK * (furthest_m - first_m);
        if let Some(outing) = self.0.get_mut(&id) {
            if came_back {
                self.0.remove(&id);
            } else {
                (outing.out, outing.last) = (at, now);
                outing.top_kn = outing.top_kn.max(track.speed_kn().unwrap_or(0.0));
            }
            return;
        }
        if now_m - first_m < PUT_OUT_M || came_back {
            return;
        }
        self.make_room(now);
        let from = picture.history(id).since(Time::NEVER).next().map_or(at, |first| first.position());
        let top_kn = track.speed_kn().unwrap_or(0.0);
        self.0.insert(id, Outing { from, out: at, last: now, top_kn, home_as: None });
    }

    /// Forgets the outing of a track.
    pub fn forget(&mut self, id: TrackId) {
        self.0.remove(&id);
    }

    /// Returns the track of the outing that a craft which is on its way in may come home from.
    pub fn home_from(&self, picture: &Picture, id: TrackId) -> Option<TrackId> {
        let track = picture.track(id);
        let (at, now) = (track.fix.position, track.fix.time);
        let course_deg = track.fix.cog_deg()?;
        let speed_kn = track.speed_kn()?;
        let began = picture.position_at(id, track.first_heard);
        let is_it = |outing: &&Outing| {
            let gap = track.first_heard - outing.last;
            outing
                .home_as
                .is_none_or(|home| home == id || goes_on_as(picture, home, began, track.first_heard))
                && gap > Span::ZERO
                && now - outing.last <= LONGEST
                && speed_kn <= outing.top_kn * LIKE_SPEED
                && speed_kn * LIKE_SPEED >= outing.top_kn
                && geodesy::distance_m(outing.out, began) <= SLACK_M + TOP_MS * gap.secs()
                && passes_m(at, course_deg, outing.from) <= HOME_M
        };
        let fitting = self.0.iter().filter(|(_, outing)| is_it(outing));
        // One that explains it already goes on doing so.
        let best = fitting.min_by_key(|(track, outing)| (outing.home_as != Some(id), outing.last, **track));
        best.map(|(track, _)| *track)
    }

    /// Notes that a craft came home from an outing: it explains no other one.
    pub fn came_home(&mut self, outing: TrackId, id: TrackId) {
        if let Some(outing) = self.0.get_mut(&outing) {
            outing.home_as = Some(id);
        }
    }

    /// Forgets outings that are over; where there are too many, the one that was seen longest ago.
    fn make_room(&mut self, now: Time) {
        if self.0.len() < MOST_OUTINGS {
            return;
        }
        self.0.retain(|_, outing| now - outing.last <= LONGEST);
        let oldest =
            self.0.iter().min_by_key(|(track, outing)| (outing.last, **track)).map(|(track, _)| *track);
        if let Some(oldest) = oldest.filter(|_| self.0.len() >= MOST_OUTINGS) {
            self.0.remove(&oldest);
        }
    }
}

/// Whether radars lost a track that came home before another one began where it can have gone on.
fn goes_on_as(picture: &Picture, home: TrackId, began: Position, first: Time) -> bool {
    let Some(track) = picture.get(home) else { return false };
    let gap = first - track.fix.time;
    let way_m = track.speed_kn().unwrap_or(0.0) * KN_MS * gap.secs();
    track.sensed == 0
        && gap > Span::ZERO
        && gap <= LOST_FOR
        && geodesy::distance_m(track.fix.position, began) <= SLACK_M + GOES_ON * way_m
}

/// Returns how near a course leads past a place ahead, or how near the place is, metres.
fn passes_m(at: Position, course_deg: f64, place: Position) -> f64 {
    let (metres, bearing) = geodesy::range_and_bearing(at, place);
    let angle = geodesy::angle_between_deg(bearing, course_deg);
    if angle >= 90.0 { metres } else { metres * libm::sin(angle.to_radians()) }
}
