//! The picture: everything that moves, as reports of AIS, ADS-B and radars show it.
//!
//! [`Picture::apply`] takes one input and returns what it changed. A report finds its track by identity; a repeat of a
//! transmission only adds to what is known of reception; a report older than its track's newest goes into the history alone.
//! Two senders with one MMSI become two tracks. Contacts of radars go to the [tracker](crate::tracking). `&Picture` is read
//! only: it has no interior mutability, so that other threads may read it while nobody changes it.

mod aircraft;
mod ais;
mod particulars;
pub mod reception;
mod saved;
mod view;

use rustc_hash::FxHashMap;

pub use aircraft::horizon_m;
pub use particulars::Particulars;
pub use reception::{HOLE, Reception, Station};
pub use view::TrackView;

pub use crate::tracking::{Decision, Sensors};
pub use crate::tracks::{
    BAD_NAC_P, BAD_NIC, Bounds, Change, Fix, Flight, GOOD_NAC_P, GOOD_NIC, Grid, Heard, History, Holders,
    Identity, Kind, Origin, Point, RECEIPTS, RuleMarks, Signs, Track, Tracks, key_of,
};
pub use crate::zones::{Membership, ZoneSet, Zones};

use crate::geodesy;
use crate::model::{
    Contact, Feed, FeedId, Icao, Input, Mmsi, Position, Span, Time, TrackId, TransponderClass,
};
use crate::tracking::{self, Tracker};
use crate::tracks::Feeds;
use particulars::AllParticulars;

/// Age up to which a broadcast tells the speed of a track that radars detect too.
const BROADCAST_FRESH: Span = Span::from_secs(180);
/// Share of the reach of a radar up to which it sees boats.
const SEES_BOATS: f64 = 0.5;

/// All tracks, what the sensors follow, what the stations receive, and the zones.
pub struct Picture {
    /// The tracks.
    pub tracks: Tracks,
    /// The sensors and their sensor tracks.
    pub sensors: Sensors,
    /// Reception by station.
    pub reception: Reception,
    /// Zones, coast and places.
    pub zones: Zones,
    feeds: Feeds,
    particulars: AllParticulars,
    /// Track on ADS-B that each SAR aircraft on AIS may be, and in how many reports in a row.
    ais_and_adsb: FxHashMap<TrackId, (TrackId, u8)>,
}

impl Picture {
    /// Makes an empty picture.
    pub fn new(zones: Zones, bounds: Bounds) -> Picture {
        Picture {
            tracks: Tracks::new(bounds),
            sensors: Sensors::default(),
            reception: Reception::default(),
            zones,
            feeds: Feeds::default(),
            particulars: AllParticulars::default(),
            ais_and_adsb: FxHashMap::default(),
        }
    }

    /// Applies one input. `holders` keep tracks from being forgotten for it.
    pub fn apply(&mut self, input: &Input, holders: &dyn Holders) -> Change {
        let change = match input {
            Input::Feed(feed) => {
                self.declare(feed);
                Change::None
            }
            Input::Report(report) => self.apply_report(report, holders),
            Input::Aircraft(report) => self.apply_aircraft(report, holders),
            Input::Contact(contact) => {
                let change = self.apply_contact(contact, holders);
                self.note_size(change, contact.size_m)
            }
            Input::OwnShip { feed, station, position } => {
                self.reception.note_own_ship(*feed, *station, *position);
                Change::None
            }
            Input::Tick { .. } | Input::Action(_) | Input::SharedAlert(_) => Change::None,
        };
        self.particulars.note(change, input);
        change
    }

    /// Notes the size that a radar sees. A size that is new may decide which rules are about the track.
    fn note_size(&mut self, change: Change, size_m: Option<f64>) -> Change {
        match (change, size_m) {
            (Change::Moved(id), Some(size_m)) if self.tracks.track_mut(id).note_size(size_m) => {
                Change::MovedAndIdentity(id)
            }
            (change, _) => change,
        }
    }

    /// Adds a feed.
    pub fn declare(&mut self, feed: &Feed) {
        self.feeds.declare(feed);
    }

    /// Applies one contact of a radar.
    pub fn apply_contact(&mut self, contact: &Contact, holders: &dyn Holders) -> Change {
        tracking::apply_contact(&mut self.tracker(holders), contact)
    }

    /// Runs the association cycle of a contact's sensor, if it is due. Decisions are appended; each is carried out by
    /// [`Picture::carry_out`].
    pub fn run_cycle(&mut self, contact: &Contact, holders: &dyn Holders, decisions: &mut Vec<Decision>) {
        tracking::run_cycle(&mut self.tracker(holders), contact, decisions);
    }

    /// Returns the track that a decision will make part of another one, and that other one.
    pub fn merge_of(&self, decision: Decision) -> Option<(TrackId, TrackId)> {
        tracking::merge_of(decision, &self.tracks, &self.sensors)
    }

    /// Carries out a decision of an association cycle. Returns the track that it made.
    pub fn carry_out(&mut self, decision: Decision, holders: &dyn Holders) -> Option<TrackId> {
        tracking::carry_out(&mut self.tracker(holders), decision)
    }

    /// Makes one track part of another one: they are the broadcasts of one aircraft.
    pub fn unite(&mut self, gone: TrackId, into: TrackId, holders: &dyn Holders) {
        tracking::unite(&mut self.tracker(holders), gone, into);
    }

    fn tracker<'a>(&'a mut self, holders: &'a dyn Holders) -> Tracker<'a> {
        Tracker {
            tracks: &mut self.tracks,
            sensors: &mut self.sensors,
            feeds: &self.feeds,
            zones: &mut self.zones,
            holders,
        }
    }

    /// Looks anew which zones each track is in: the zones have changed.
    pub fn enter_zones_anew(&mut self) {
        self.tracks.enter_zones_anew(&mut self.zones);
    }
}

/// Reading.
impl Picture {
    /// Returns the identifiers of all tracks, in the order of their slots.
    pub fn ids(&self) -> impl Iterator<Item = TrackId> + '_ {
        self.tracks.ids()
    }

    /// Returns how many tracks there are, unconfirmed ones too.
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Returns whether there is no track.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Returns a track by an identifier that may be of one that is gone.
    pub fn get(&self, id: TrackId) -> Option<&Track> {
        self.tracks.get(id)
    }

    /// Returns a track by an identifier that is known to be of a live one: just found, or held by a rule or an alert.
    pub fn track(&self, id: TrackId) -> &Track {
        self.tracks.track(id)
    }

    /// Returns the static and voyage data of a live track.
    pub fn identity(&self, id: TrackId) -> &Identity {
        self.tracks.identity(id)
    }

    /// Returns the history of a live track.
    pub fn history(&self, id: TrackId) -> &History {
        self.tracks.history(id)
    }

    /// Returns where a track was at a time: between two points of its history, else carried on from its fix.
    pub fn position_at(&self, id: TrackId, time: Time) -> Position {
        self.tracks.position_at(id, time)
    }

    /// Returns the subject key of a track.
    pub fn key(&self, id: TrackId) -> String {
        self.tracks.key(id, &self.feeds)
    }

    /// Returns the tracks that share an MMSI.
    pub fn same_mmsi(&self, mmsi: Mmsi) -> impl Iterator<Item = TrackId> + '_ {
        self.tracks.same_mmsi(mmsi)
    }

    /// Returns the track of an aircraft by its address.
    pub fn aircraft(&self, icao: Icao) -> Option<TrackId> {
        self.tracks.by_icao(icao)
    }

    /// Returns what is known of a track as an aircraft.
    pub fn flight(&self, id: TrackId) -> Option<&Flight> {
        self.tracks.flight(id)
    }

    /// Returns the height of a track at a time, feet; `None` where it is unknown.
    pub fn altitude_ft(&self, id: TrackId, now: Time) -> Option<f64> {
        self.flight(id)?.altitude_ft(now)
    }

    /// Visits the vessels and stations near a position; `visit` returns false to stop. See [`Grid::near`].
    pub fn surface_near(&self, at: Position, within_m: f64, visit: impl FnMut(TrackId) -> bool) {
        self.tracks.surface.near(at, within_m, visit);
    }

    /// Visits the vessels near a position that wind or current may carry; `visit` returns false to stop. See [`Fix::may_be_carried`].
    pub fn carried_near(&self, at: Position, within_m: f64, visit: impl FnMut(TrackId) -> bool) {
        self.tracks.carried.near(at, within_m, visit);
    }

    /// Visits the aircraft near a position; `visit` returns false to stop. See [`Grid::near`].
    pub fn aircraft_near(&self, at: Position, within_m: f64, visit: impl FnMut(TrackId) -> bool) {
        self.tracks.air.near(at, within_m, visit);
    }

    /// Returns a feed by its number, if it was declared.
    pub fn feed(&self, id: FeedId) -> Option<&Feed> {
        self.feeds.get(id)
    }

    /// Returns the names of the feeds, in the order of their numbers.
    pub fn feed_names(&self) -> impl Iterator<Item = &str> {
        self.feeds.names()
    }

    /// Returns where a feed's sensor stands, if that is known.
    pub fn site(&self, id: FeedId) -> Option<Position> {
        self.feeds.site(id)
    }

    /// Returns whether a radar looks at a place from so near that it sees boats there.
    pub fn radar_looks_at(&self, at: Position) -> bool {
        self.sensors.sensors().any(|(id, ..)| {
            let radar = self.feed(id).and_then(|feed| feed.radar).zip(self.site(id));
            radar.is_some_and(|(radar, site)| {
                let (range_m, bearing_deg) = geodesy::range_and_bearing(site, at);
                radar.looks_to(bearing_deg) && range_m <= SEES_BOATS * radar.reach_m
            })
        })
    }

    /// Returns whether a vessel on AIS may be so long, metres: it says so, radars see it, or it is of class A and says nothing.
    pub fn may_be_long(&self, id: TrackId, metres: f64) -> bool {
        let track = self.track(id);
        let said = self.identity(id).length_m();
        track.on_ais()
            && (f64::from(track.seen_m) >= metres
                || said.map_or(track.class == TransponderClass::A, |m| f64::from(m) >= metres))
    }

    /// Returns the newest fix of a track by its own broadcasts, where radars detect it too or not.
    pub fn broadcast_fix(&self, id: TrackId) -> Option<Fix> {
        let fused = self.sensors.fused(id);
        fused.map_or_else(|| self.track(id).broadcast_fix(), |fused| fused.ais)
    }

    /// Returns the speed of a track, knots: by its estimate, or by its own fresh broadcast where that is less. A radar that
    /// confuses two echoes lets the estimate run.
    pub fn least_speed_kn(&self, id: TrackId) -> Option<f64> {
        let track = self.track(id);
        let speed_kn = track.speed_kn();
        if track.sensed == 0 {
            return speed_kn;
        }
        let ais = self.broadcast_fix(id).filter(|ais| track.fix.time - ais.time <= BROADCAST_FRESH);
        let sent_kn = ais.and_then(|ais| ais.sog_kn());
        speed_kn.map(|kn| sent_kn.map_or(kn, |sent| sent.min(kn))).or(sent_kn)
    }

    /// Returns the velocity of a track, east and north, knots: as reported, or from its positions where it reports none, or they speak
    /// against it.
    pub fn velocity_kn(&self, id: TrackId) -> Option<[f64; 2]> {
        let track = self.track(id);
        let is_told = track.fix.sog_kn().is_some() || track.sensed > 0;
        let kn = match track.speed_against_claim_kn() {
            Some(kn) => kn,
            None if is_told => return track.fix.velocity_kn(),
            None => track.speed_kn()?,
        };
        let [before, last] = self.history(id).last_two()?;
        let course_deg = geodesy::bearing_deg(before.position().lon_lat(), last.position().lon_lat());
        Some(geodesy::velocity(kn, course_deg))
    }

    /// Returns the bytes on the heap: `(tracks and indexes, histories)`.
    pub fn heap_bytes(&self) -> (usize, usize) {
        let (tracks, histories) = self.tracks.heap_bytes();
        (tracks + self.sensors.heap_bytes(), histories)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, Geography, Kinematics, PositionReport, Report, StaticReport, StationId, Text};

    /// Other threads may read a picture while nobody changes it.
    const fn is_shareable<T: Send + Sync>() {}
    const _: () = is_shareable::<Picture>();
    const _: () = is_shareable::<&Picture>();

    #[test]
    fn a_picture_may_be_read_by_other_threads() {
        is_shareable::<Picture>();
        is_shareable::<&Picture>();
    }

    /// A message of type 19 has a position and static data: both are taken, and its copy from another station is a repeat.
    #[test]
    fn position_and_static_data_of_one_message_are_both_taken() {
        let mut picture = Picture::new(Zones::new(Geography::default()), Bounds::default());
        let kinematics = Kinematics { position: Position::new(-59.7, 13.0), ..Kinematics::default() };
        let class = TransponderClass::B;
        let position =
            PositionReport { kinematics, class, nav_status: None, accurate: true, altitude_m: None };
        let said = StaticReport { class, name: Some(Text::new(b"FICTION")), ..StaticReport::default() };
        let mmsi = Mmsi(338_000_001);
        let body = Body::PositionAndStatic(position, said);
        let (feed, station, time) = (FeedId(0), StationId(1), Time::from_secs(1_767_225_600));
        let report = Report { feed, station, time, transmission: 7, mmsi, body };
        let Change::MovedAndIdentity(id) = picture.apply_report(&report, &()) else {
            panic!("both parts change the track");
        };
        assert_eq!(picture.identity(id).name, Some(Text::new(b"FICTION")));
        assert!(picture.track(id).located());
        let copy = Report { station: StationId(2), ..report };
        assert!(matches!(picture.apply_report(&copy, &()), Change::Repeat));
    }
}
