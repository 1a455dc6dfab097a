//! Witnesses of a vessel that a station lost: other vessels that the station still receives, and what it received before.

use crate::geodesy::{self, NM_M};
use crate::model::{Position, Span, StationKey, Time, TrackId, TransponderClass};
use crate::picture::{Heard, Kind, Picture, Track};

/// A witness is this near where the vessel was last heard, or where it would be now.
const WITNESS_M: f64 = 6.0 * NM_M;
/// Greatest difference between the bearings of witness and vessel from a station whose site is known, degrees.
const LIKE_BEARING_DEG: f64 = 25.0;
/// Least range of a witness, as a share of the vessel's range, if the vessel was well heard; otherwise 1.
const LIKE_RANGE: f64 = 0.85;
/// Well heard: its reports came no rarer than this many times its nominal interval, so that two in three arrived. A
/// vessel at the edge of the range loses most of them before it is lost.
const WELL_HEARD: f64 = 1.5;
/// Without a site, a way is covered where another was heard this near.
const BESIDE_M: f64 = 3.0 * NM_M;
/// The way is carried on for this long at most.
const CARRIED_ON: Span = Span::from_secs(3600);

/// A vessel lost to one station.
pub struct Lost<'a> {
    picture: &'a Picture,
    id: TrackId,
    station_key: StationKey,
    site: Option<Position>,
    now: Time,
    from: Position,
    expected: Position,
}

impl<'a> Lost<'a> {
    /// Returns the vessel of a track as the station last received it.
    pub fn new(id: TrackId, by: Heard, now: Time, picture: &'a Picture) -> Lost<'a> {
        let fix = picture.track(id).fix;
        Lost {
            picture,
            id,
            station_key: by.station_key(),
            site: picture.site(by.feed),
            now,
            from: fix.position,
            expected: fix.carried_to(now.min(fix.time + CARRIED_ON)),
        }
    }

    /// Others of its class, or fixed stations, that the station heard through the silence, at like range and bearing;
    /// counted as far as enough.
    pub fn witnesses(&self, enough: usize) -> usize {
        let mut count = 0;
        let reach_m = WITNESS_M + geodesy::distance_m(self.from, self.expected);
        self.picture.surface_near(self.from, reach_m, |other| {
            let at = self.picture.track(other).fix.position;
            let near = |p| geodesy::distance_m(p, at) <= WITNESS_M;
            let like = [self.from, self.expected].into_iter().any(|p| near(p) && self.is_like(p, at));
            count += usize::from(like && self.is_heard(other));
            count < enough
        });
        count
    }

    /// Another whose transmissions carry as far, and that the station heard through the silence.
    fn is_heard(&self, other: TrackId) -> bool {
        let track = self.picture.track(self.id);
        other != self.id
            && same_reach(track, self.picture.track(other))
            && heard_through(other, self.station_key, track.last_heard, self.now, self.picture)
    }

    /// A witness is on like bearing from the site as a place that the vessel was or would be at, and about as far.
    fn is_like(&self, place: Position, witness: Position) -> bool {
        let Some(site) = self.site else { return true };
        let range = |to: Position| geodesy::distance_m(site, to);
        let far_enough = match well_heard(self.picture.track(self.id)) {
            true => LIKE_RANGE * range(place),
            false => range(self.from).max(range(self.expected)),
        };
        let bearing = |to: Position| geodesy::bearing_deg(site.lon_lat(), to.lon_lat());
        let aside = geodesy::angle_between_deg(bearing(place), bearing(witness));
        // Close to the mast bearings mean little.
        range(witness) >= far_enough && (aside <= LIKE_BEARING_DEG || range(place) < WITNESS_M)
    }

    /// The station hears the waters that the vessel's course leads through.
    pub fn way_is_covered(&self) -> bool {
        let Track { fix, class, .. } = *self.picture.track(self.id);
        let span = self.now.min(fix.time + CARRIED_ON) - fix.time;
        [1, 2, 3].into_iter().all(|part| {
            let at = fix.carried_to(fix.time + Span(span.0 * part / 3));
            let reception = &self.picture.reception;
            geodesy::distance_m(self.from, at) < NM_M
                || match self.site {
                    Some(site) => reception.reaches(self.station_key, site, self.id, class, at, self.now),
                    None => self.another_was_near(at),
                }
        })
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

fn well_heard(track: &Track) -> bool {
    track.expected_interval_s() <= WELL_HEARD * track.nominal_interval_s()
}

/// A fixed station is heard as far as class A is; a class A vessel says nothing of how far class B is heard.
fn same_reach(track: &Track, witness: &Track) -> bool {
    match witness.kind {
        Kind::Fixed => track.class == TransponderClass::A,
        Kind::Vessel | Kind::NetBuoy => witness.class == track.class && !witness.tentative,
        _ => false,
    }
}

/// A station heard a track before the silence, and in its last third still.
fn heard_through(other: TrackId, station_key: StationKey, from: Time, now: Time, picture: &Picture) -> bool {
    let track = picture.track(other);
    let late = now - Span((now - from).0 / 3);
    track.first_heard <= from
        && track.heard_by(station_key).is_some_and(|last| last >= late)
        && (track.kind == Kind::Fixed || picture.history(other).since(from).any(|p| p.time() <= late))
}
