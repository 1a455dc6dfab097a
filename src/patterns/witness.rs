//! Witnesses of a vessel that a station lost: other vessels that the station still receives, and what it received before.

use crate::geodesy::{self, NM_M};
use crate::model::{Position, Span, StationKey, Time, TrackId, TransponderClass};
use crate::picture::{Heard, Kind, Picture, Track};

/// A witness of a vessel at the edge of the range, or of a station without a site, is this near where the vessel was last
/// heard, or where it would be now.
const WITNESS_M: f64 = 6.0 * NM_M;
/// Greatest difference between the bearings of witness and vessel from a station whose site is known, degrees, if the vessel
/// was not well heard.
const LIKE_BEARING_DEG: f64 = 25.0;
/// Least range of a witness, as a share of the vessel's range, if the vessel was well heard; otherwise 1.
const LIKE_RANGE: f64 = 0.85;
/// Greatest range of a witness, as a multiple of the vessel's range.
const MOST_RANGE: f64 = 2.0;
/// Range up to which witnesses are looked for, metres: that of a receiver on a hill.
const MOST_RANGE_M: f64 = 60.0 * NM_M;
/// Well heard: its reports came no rarer than this many times its nominal interval, so that two in five arrived. A
/// vessel at the edge of the range loses most of them before it is lost.
const WELL_HEARD: f64 = 2.5;
/// Distance beyond a well heard vessel's own last range within which the station hears it too, metres.
const BEYOND_HER_M: f64 = 2.0 * NM_M;
/// Greatest change of her bearing from the site within which that holds, degrees.
const BESIDE_HER_DEG: f64 = 7.5;
/// Without a site, a way is covered where another was heard this near.
const BESIDE_M: f64 = 3.0 * NM_M;
/// Longest time for which the way of a silent vessel is carried on.
const SILENT_CARRIED_FOR: Span = Span::from_secs(3600);
/// Time for which a witness must have been heard before the silence: a track that was never seen before is none.
const ESTABLISHED: Span = Span::from_secs(20 * 60);
/// Number of tracks that are asked at most, of those that the station hears from as far.
const MOST_ASKED: usize = 2000;

/// A vessel lost to one station.
pub struct Lost<'a> {
    picture: &'a Picture,
    id: TrackId,
    station_key: StationKey,
    site: Option<Position>,
    now: Time,
    from: Position,
    expected: Position,
    well_heard: bool,
}

impl<'a> Lost<'a> {
    /// Returns the vessel of a track as the station last received it.
    pub fn new(id: TrackId, by: Heard, now: Time, picture: &'a Picture) -> Lost<'a> {
        let track = picture.track(id);
        let mean_s = by.cadence().mean_s();
        Lost {
            picture,
            id,
            station_key: by.station_key(),
            site: picture.site(by.feed),
            now,
            from: track.fix.position,
            expected: track.fix.carried_to(now.min(track.fix.time + SILENT_CARRIED_FOR)),
            well_heard: mean_s.is_some_and(|s| s <= WELL_HEARD * track.nominal_interval_s()),
        }
    }

    /// Others of its class or a weaker one, or fixed stations, that the station heard through the silence in comparable reach;
    /// counted as far as enough.
    pub fn witnesses(&self, enough: usize) -> usize {
        let (mut count, mut asked) = (0, 0);
        let own_m = self.site.map_or(0.0, |site| self.farthest_m(site));
        let (middle, reach_m) = match self.site {
            Some(site) if self.well_heard => {
                (site, (MOST_RANGE * own_m).clamp(WITNESS_M, MOST_RANGE_M.max(own_m * 1.1)))
            }
            _ => (self.from, WITNESS_M + geodesy::distance_m(self.from, self.expected)),
        };
        self.picture.surface_near(middle, reach_m, |other| {
            let track = self.picture.track(other);
            let is_asked = self.is_heard_of_late(other) && self.is_in_like_reach(track.fix.position);
            asked += usize::from(is_asked);
            count += usize::from(is_asked && self.is_heard(other));
            count < enough && asked < MOST_ASKED
        });
        count
    }

    /// Returns the greatest range of the lost vessel from the site during the silence.
    fn farthest_m(&self, site: Position) -> f64 {
        geodesy::distance_m(site, self.from).max(geodesy::distance_m(site, self.expected))
    }

    /// Returns the least range of the lost vessel from the site: whether the station hears as far as the vessel goes is asked of
    /// its way.
    fn nearest_m(&self, site: Position) -> f64 {
        geodesy::distance_m(site, self.from).min(geodesy::distance_m(site, self.expected))
    }

    /// Whether the station heard another, whose transmissions carry no farther, in the last third of the silence.
    fn is_heard_of_late(&self, other: TrackId) -> bool {
        let (track, theirs) = (self.picture.track(self.id), self.picture.track(other));
        let heard = theirs.heard_by(self.station_key);
        heard.is_some_and(|last| last >= late(track.last_heard, self.now)) && same_reach(track, theirs)
    }

    /// Another whose transmissions carry no farther, and that the station heard through the silence.
    fn is_heard(&self, other: TrackId) -> bool {
        let track = self.picture.track(self.id);
        other != self.id
            && same_reach(track, self.picture.track(other))
            && heard_through(other, self.station_key, track.last_heard, self.now, self.picture)
    }

    /// Whether a witness is heard from as far as she is. Of one at the edge of the range a headland may be the cause: then the
    /// bearing counts too.
    fn is_in_like_reach(&self, witness: Position) -> bool {
        let Some(site) = self.site else { return self.is_near(witness) };
        if self.well_heard {
            return geodesy::distance_m(site, witness) >= LIKE_RANGE * self.nearest_m(site);
        }
        let bearing = |to: Position| geodesy::bearing_deg(site.lon_lat(), to.lon_lat());
        // Close to the mast bearings mean little.
        let is_beside = |place| {
            geodesy::distance_m(site, place) < WITNESS_M
                || geodesy::angle_between_deg(bearing(place), bearing(witness)) <= LIKE_BEARING_DEG
        };
        let far_enough = geodesy::distance_m(site, witness) >= self.farthest_m(site);
        let near = |place| geodesy::distance_m(place, witness) <= WITNESS_M && is_beside(place);
        far_enough && [self.from, self.expected].into_iter().any(near)
    }

    fn is_near(&self, witness: Position) -> bool {
        [self.from, self.expected].into_iter().any(|p| geodesy::distance_m(p, witness) <= WITNESS_M)
    }

    /// The station hears the waters that the vessel's course leads through.
    pub fn way_is_covered(&self) -> bool {
        let fix = self.picture.track(self.id).fix;
        let span = self.now.min(fix.time + SILENT_CARRIED_FOR) - fix.time;
        [1, 2, 3].into_iter().all(|part| {
            let at = fix.carried_to(fix.time + Span(span.0 * part / 3));
            geodesy::distance_m(self.from, at) < NM_M
                || match self.site {
                    Some(site) => self.station_reaches(site, at),
                    None => self.another_was_near(at),
                }
        })
    }

    /// The station heard another from there, or her; or she is but a little farther than where it heard her well.
    fn station_reaches(&self, site: Position, at: Position) -> bool {
        let (reception, key) = (&self.picture.reception, self.station_key);
        let class = self.picture.track(self.id).class;
        let reaches = |class| reception.reaches(key, site, self.id, class, at, self.now);
        // What carries two watts from there carries twelve.
        reaches(class)
            || class == TransponderClass::A && reaches(TransponderClass::B)
            || reception.has_reached_herself(key, site, self.id, at, self.now)
            || self.well_heard && self.is_just_beyond(site, at)
    }

    fn is_just_beyond(&self, site: Position, at: Position) -> bool {
        let (range_m, bearing) = geodesy::range_and_bearing(site, self.from);
        let (there_m, there) = geodesy::range_and_bearing(site, at);
        there_m <= range_m + BEYOND_HER_M && geodesy::angle_between_deg(bearing, there) <= BESIDE_HER_DEG
    }

    fn another_was_near(&self, at: Position) -> bool {
        let mut found = false;
        self.picture.surface_near(at, BESIDE_M, |other| {
            let there = self.picture.track(other).fix.position;
            found = geodesy::distance_m(at, there) <= BESIDE_M && self.is_heard(other);
            !found
        });
        found
    }
}

/// A fixed station is heard as far as class A is. What is heard of class B is heard of class A too; a class A vessel says
/// nothing of how far class B is heard.
fn same_reach(track: &Track, witness: &Track) -> bool {
    match witness.kind {
        Kind::Fixed => track.class == TransponderClass::A,
        Kind::Vessel | Kind::NetBuoy => {
            let weaker = track.class == TransponderClass::A && witness.class == TransponderClass::B;
            (witness.class == track.class || weaker) && !witness.tentative
        }
        _ => false,
    }
}

/// Returns the time at which the last third of a silence begins.
fn late(from: Time, now: Time) -> Time {
    now - Span((now - from).0 / 3)
}

/// A station heard a track for long before the silence, and in its last third still. A radar that sees it says the same of
/// its being there.
fn heard_through(other: TrackId, station_key: StationKey, from: Time, now: Time, picture: &Picture) -> bool {
    let track = picture.track(other);
    let late = late(from, now);
    let known = if track.sensed > 0 { Span::ZERO } else { ESTABLISHED };
    track.first_heard + known <= from
        && track.heard_by(station_key).is_some_and(|last| last >= late)
        && (track.kind == Kind::Fixed || picture.history(other).since(from).any(|p| p.time() <= late))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, FeedId, Geography, Kinematics, Mmsi, PositionReport, Report, StationId};
    use crate::picture::{Bounds, Zones};

    /// Applies reports of vessels, one a minute, over a span of minutes.
    fn hear(
        picture: &mut Picture,
        mmsis: std::ops::Range<u32>,
        station: u16,
        at: [f64; 2],
        minutes: std::ops::Range<i64>,
    ) {
        for minute in minutes {
            for mmsi in mmsis.clone() {
                let position = Position::new(at[0], at[1] + f64::from(mmsi % 1000) / 1e5);
                let kinematics = Kinematics { position, sog_kn: Some(0.0), ..Default::default() };
                let body = Body::Position(PositionReport {
                    kinematics,
                    class: TransponderClass::A,
                    nav_status: None,
                    accurate: false,
                    altitude_m: None,
                });
                let report = Report {
                    feed: FeedId(0),
                    station: StationId(station),
                    time: Time::from_secs(1_773_000_000 + 60 * minute),
                    transmission: mmsi.wrapping_mul(1000) + minute as u32,
                    mmsi: Mmsi(mmsi),
                    body,
                };
                picture.apply_report(&report, &());
            }
        }
    }

    /// Any number of tracks that another station hears do not use up the number that is asked.
    #[test]
    fn thousands_that_another_station_hears_hide_no_witness() {
        let mut picture = Picture::new(Zones::new(Geography::default()), Bounds::default());
        let many = MOST_ASKED as u32 + 500;
        hear(&mut picture, 338_000_000..338_000_000 + many, 2, [-59.0, 12.98], 0..1);
        hear(&mut picture, 613_000_001..613_000_002, 1, [-59.0, 13.0], 0..60);
        hear(&mut picture, 636_000_001..636_000_004, 1, [-59.01, 13.01], 0..120);
        let id = picture.tracks.by_mmsi(Mmsi(613_000_001)).expect("heard");
        let by = picture.track(id).heard_within(Span::from_secs(60)).next().expect("a station");
        let now = Time::from_secs(1_773_000_000 + 120 * 60);
        assert_eq!(Lost::new(id, by, now, &picture).witnesses(2), 2);
    }
}
