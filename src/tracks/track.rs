//! A track: one vessel, aircraft or station as its reports show it. What every report touches is kept together and small.

pub(super) mod layout_1;
pub(super) mod layout_2;

use serde::{Deserialize, Serialize};

use super::fix::{Fix, UNKNOWN};
use super::identity::{Signs, is_net_buoy_name};
use super::made_good::MadeGood;
use super::receipts::{Heard, Radars, Stations};
use super::sender::Sender;
use crate::geodesy;
use crate::model::{
    Body, FeedId, Icao, Mmsi, NavStatus, Position, Report, Span, StationId, StationKey, Text, Time, TrackId,
    TransponderClass,
};
use crate::zones::{ZoneSet, Zones};

/// Kind of object that a track is of, as far as patterns care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Vessel: it sends a vessel's messages, or moves as a craft does.
    Vessel,
    /// Base station, aid to navigation: stands still, and witnesses that its receiver hears.
    Fixed,
    /// Aircraft: it sends an aircraft's messages, or flies.
    Aircraft,
    /// AIS-SART, man overboard, EPIRB.
    Distress,
    /// Buoy on a fishing net: it has a name that no ship has, and was never faster than the water.
    NetBuoy,
}

/// First source of a track, which names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// None: the track is gone and its place is free.
    Gone,
    /// Own broadcasts: AIS or ADS-B.
    Broadcast,
    /// A radar, which had this number for it.
    Radar {
        /// Feed of the radar.
        feed: FeedId,
        /// Number of the target at the radar.
        number: u32,
    },
}

/// Number of transmissions of a track remembered, to recognize a repeat.
const SENT: usize = 6;
/// Equal payloads within this time are one transmission that several stations received, milliseconds.
const REPEAT_MS: i64 = 10_000;

/// Reporting intervals without a report after which a vessel on AIS is silent.
const SILENT_INTERVALS: f64 = 6.0;
/// Time after which a vessel on AIS is silent at the earliest.
const SILENT_AT_LEAST: Span = Span::from_secs(300);
/// An aircraft is silent after this long: its transponder is heard every second, or at every turn of a radar.
const AIRCRAFT_SILENT_AT_LEAST: Span = Span::from_secs(60);
/// Transmissions in a row that must agree before a second track of an MMSI is confirmed.
const CONFIRMED_AFTER_AGREEMENTS: u8 = 3;

/// Hours between two positions that tell a speed: four seconds to ten minutes.
const WAY_WITHIN_H: (f64, f64) = (4.0 / 3600.0, 1.0 / 6.0);

/// A track.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Track {
    /// MMSI; [`Mmsi::NONE`] for a track that is not on AIS.
    pub mmsi: Mmsi,
    /// ICAO address of an aircraft that transmits one.
    pub icao: Option<Icao>,
    /// First source of the track.
    pub origin: Origin,
    /// Count of sensor tracks that feed it.
    pub sensed: u8,
    /// Time of the first report of a further track that shares an MMSI; part of its key.
    pub split_at: Option<Time>,
    /// Next track of the same MMSI.
    #[serde(with = "crate::model::ids::optional_track")]
    pub(crate) next_same: Option<TrackId>,
    /// Whether an aircraft's transponder answers radars.
    pub(crate) answers: bool,
    /// Whether the track is unconfirmed: its positions are out of reach of every track of this MMSI, and still few.
    pub tentative: bool,
    consistent: u8,
    /// Kind of object.
    pub kind: Kind,
    /// Whether its name is one that net buoys have.
    pub(super) odd_identity: bool,
    /// Whether it has sent a vessel's position reports, or made way as a craft.
    pub(super) sailed: bool,
    /// Reports in a row as a station that show it under way.
    pub(super) ways: u8,
    /// Larger extent as radars see it, metres; 0 where none does.
    pub seen_m: u16,
    /// Signs against its static data.
    pub signs: Signs,
    /// Class of its transponder.
    pub class: TransponderClass,
    /// Navigational status as last sent.
    pub nav_status: Option<NavStatus>,
    /// The newest position.
    pub fix: Fix,
    /// Time and place of the position before that.
    pub previous: (Time, Position),
    /// Time of the first report.
    pub first_heard: Time,
    /// Time of the newest report of any type: of its own broadcasts, or of radars where it has none.
    pub last_heard: Time,
    /// Count of position reports.
    pub reports: u32,
    /// Mean interval between its position reports, seconds.
    pub interval_s: f32,
    /// Highest speed so far, tenths of a knot.
    pub top_tenths: u16,
    /// Its speed by its positions. Saved as a part of its own.
    #[serde(skip)]
    pub(super) made_good: MadeGood,
    /// Whether it stands in the grid of those that may be carried.
    #[serde(skip)]
    pub(super) is_among_carried: bool,
    /// Zones that it is in.
    pub zones: ZoneSet,
    /// Position at which the zones were looked up last.
    zones_at: Position,
    /// Distance from there within which the zones are the same, metres.
    zones_safe_m: f32,
    pub(super) stations: Stations,
    /// The radars that detect it. Saved as a part of its own.
    #[serde(skip)]
    pub(super) radars: Radars,
    sent: [(u32, u32); SENT],
    sent_at: u8,
}

impl Track {
    /// Makes the track of a first fix.
    pub fn new(mmsi: Mmsi, class: TransponderClass, fix: Fix) -> Track {
        Track {
            mmsi,
            icao: None,
            origin: Origin::Broadcast,
            sensed: 0,
            split_at: None,
            next_same: None,
            answers: false,
            tentative: false,
            consistent: 0,
            kind: Sender::first(mmsi, class),
            sailed: false,
            ways: 0,
            seen_m: 0,
            signs: Signs::of_form(mmsi),
            odd_identity: false,
            class,
            nav_status: None,
            previous: (Time::NEVER, fix.position),
            first_heard: fix.time,
            last_heard: fix.time,
            fix,
            reports: 0,
            interval_s: 0.0,
            top_tenths: 0,
            made_good: MadeGood::default(),
            is_among_carried: false,
            zones: ZoneSet(0),
            zones_at: fix.position,
            zones_safe_m: -1.0,
            stations: Stations::default(),
            radars: Radars::default(),
            sent: [(0, 0); SENT],
            sent_at: 0,
        }
    }

    /// Touches each line of memory of the track that a report reads.
    pub(super) fn touch(&self) -> i64 {
        let ends = i64::from(self.sent_at) ^ i64::from(self.reports) ^ i64::from(self.zones.0);
        let heard = self.stations.iter().fold(0, |sum, heard| sum ^ heard.last().0);
        self.fix.time.0 ^ self.previous.0.0 ^ self.last_heard.0 ^ ends ^ heard
    }

    /// Returns whether any position is known: a track known by its name alone has none.
    pub fn located(&self) -> bool {
        self.reports > 0
    }

    /// Returns whether the place holds a track: one that is gone leaves an empty place.
    pub fn is_in_use(&self) -> bool {
        self.origin != Origin::Gone
    }

    /// Makes the track of an aircraft.
    pub fn of_aircraft(mmsi: Mmsi, fix: Fix) -> Track {
        let mut track = Track::new(mmsi, TransponderClass::Aircraft, fix);
        (track.kind, track.signs) = (Kind::Aircraft, Signs::default());
        track
    }

    /// Returns whether it tells, or told, its identity: on AIS, or by an aircraft's transponder.
    pub fn is_cooperative(&self) -> bool {
        self.on_ais() || self.icao.is_some()
    }

    /// Returns whether it is, or was, on AIS.
    pub fn on_ais(&self) -> bool {
        self.mmsi.is_some()
    }

    /// Returns its fix, if that comes from its own broadcasts.
    pub fn broadcast_fix(&self) -> Option<Fix> {
        (self.is_cooperative() && self.located()).then_some(self.fix)
    }

    /// Returns whether it is a dark target at a time: radars see it, and it has no broadcasts or fell silent.
    pub fn is_dark(&self, now: Time) -> bool {
        let at_least = if self.kind == Kind::Aircraft { AIRCRAFT_SILENT_AT_LEAST } else { SILENT_AT_LEAST };
        let silent = self.silence_to_expect(at_least);
        let speaks = self.is_cooperative() || self.answers;
        self.sensed > 0 && (!speaks || now - self.last_heard > silent)
    }

    /// Returns after how long without a report it has fallen silent: six of its reporting intervals, and so long at least.
    fn silence_to_expect(&self, at_least: Span) -> Span {
        Span::from_secs_f64(SILENT_INTERVALS * self.expected_interval_s()).max(at_least)
    }

    /// Returns after how long without a report a screen shows it as lost.
    pub fn lost_after(&self) -> Span {
        // Aircraft and radars report every few seconds.
        if self.kind == Kind::Aircraft || !self.is_cooperative() {
            return AIRCRAFT_SILENT_AT_LEAST;
        }
        self.silence_to_expect(SILENT_AT_LEAST)
    }

    /// Returns whether rules about vessels apply to it: a confirmed track that is no aircraft, no station and no distress
    /// device. A net buoy is one: what speaks against judging it is counted. So is a distress device that runs.
    pub fn is_vessel(&self) -> bool {
        let is_vessel = match self.kind {
            Kind::Vessel | Kind::NetBuoy => true,
            Kind::Distress => self.runs(),
            Kind::Fixed | Kind::Aircraft => false,
        };
        is_vessel && !self.tentative
    }

    /// Returns its speed, knots: as reported where its positions do not speak against that, else from its positions.
    pub fn speed_kn(&self) -> Option<f64> {
        if let Some(claimed) = self.fix.sog_kn() {
            return self.speed_against_claim_kn().or(Some(claimed));
        }
        let hours = (self.fix.time - self.previous.0).hours();
        let last = (hours > 0.0 && hours < 1.0)
            .then(|| geodesy::distance_m(self.previous.1, self.fix.position) / geodesy::NM_M / hours);
        // One that sends each position twice would seem to lie still.
        let made_good = self.made_good.both_kn().filter(|_| self.tells_alone() && last == Some(0.0));
        made_good.map(|[low, _]| low).or(last)
    }

    /// Returns whether its own reports alone give its speed: a radar measures one.
    fn tells_alone(&self) -> bool {
        self.sensed == 0 && self.kind != Kind::Aircraft
    }

    /// Returns the speed that its positions show where they speak against the one that it reports, knots.
    pub fn speed_against_claim_kn(&self) -> Option<f64> {
        self.fix.sog_kn().filter(|_| self.tells_alone()).and_then(|claimed| self.made_good.against(claimed))
    }

    /// Notes the way between the two newest points of its history. Positions show how fast it is, whatever it claims.
    pub(super) fn note_made_good(&mut self, way_nm: f64, seconds: f64, claimed_kn: [Option<f64>; 2]) {
        self.made_good.note(way_nm, seconds, claimed_kn);
        if let Some(kn) = self.speed_against_claim_kn() {
            self.top_tenths = self.top_tenths.max(libm::round(kn * 10.0) as u16);
        }
    }

    /// Returns whether a time is in another period than the position before was, where time is cut into periods so long.
    pub fn is_first_in(&self, part: Span, time: Time) -> bool {
        time.0 / part.0 != self.previous.0.0 / part.0
    }

    /// Returns the stations that received it, and the radars that detected it, within a span before its newest report.
    pub fn heard_within(&self, span: Span) -> impl Iterator<Item = Heard> + '_ {
        let from = self.heard_from(span);
        self.received_within(span).chain(self.radars.iter().filter(move |radar| radar.last() >= from))
    }

    /// Returns the stations that received its own broadcasts within a span before its newest report.
    pub fn received_within(&self, span: Span) -> impl Iterator<Item = Heard> + '_ {
        let from = self.heard_from(span);
        self.stations.iter().filter(move |heard| heard.last() >= from)
    }

    /// Returns the time a span before its newest report, as a receipt in whole seconds may tell it.
    fn heard_from(&self, span: Span) -> Time {
        self.last_heard - span - Span::from_secs(1)
    }

    /// Returns the station that received it last.
    pub fn newest_station(&self) -> Option<StationKey> {
        self.stations.newest()
    }

    /// Returns when a station received it last.
    pub fn heard_by(&self, station_key: StationKey) -> Option<Time> {
        self.stations.last(station_key)
    }

    /// Notes that a station received it. Returns whether that was a repeat: a transmission that was applied before.
    pub fn note_transmission(&mut self, report: &Report) -> bool {
        let repeat = self.is_repeat(report.transmission, report.time);
        self.stations.note(report.feed, report.station, report.time);
        if !repeat {
            self.last_heard = self.last_heard.max(report.time);
        }
        repeat
    }

    /// Notes that a station passed on late what others had received before. Nothing was heard of the track now.
    pub fn note_late_copy(&mut self, report: &Report) {
        self.stations.note(report.feed, report.station, report.time);
    }

    /// Notes that a radar detected it.
    pub fn note_detection(&mut self, feed: FeedId, station: StationId, time: Time) {
        self.radars.note(StationKey::new(feed, station), time);
        if !self.is_cooperative() && !self.answers {
            self.last_heard = self.last_heard.max(time);
        }
    }

    /// Notes that an aircraft's transponder was received, or answered a radar.
    pub fn note_transponder(&mut self, feed: FeedId, station: StationId, time: Time) {
        self.stations.note(feed, station, time);
        self.answers = true;
        self.last_heard = self.last_heard.max(time);
    }

    /// Returns whether this transmission was applied before; remembers it if not.
    fn is_repeat(&mut self, transmission: u32, time: Time) -> bool {
        let ms = time.0 as u32;
        let same = |&(hash, at): &(u32, u32)| {
            hash == transmission && i64::from(ms.wrapping_sub(at) as i32).abs() <= REPEAT_MS
        };
        if self.sent.iter().any(same) {
            return true;
        }
        self.sent[usize::from(self.sent_at)] = (transmission, ms);
        self.sent_at = (self.sent_at + 1) % SENT as u8;
        false
    }

    /// Returns the nominal reporting interval for its class, speed and status, seconds (ITU-R M.1371-5, tables 1 and 2).
    pub fn nominal_interval_s(&self) -> f64 {
        let sog = self.fix.sog_kn().unwrap_or(0.0);
        match self.class {
            TransponderClass::A if self.nav_status.is_some_and(NavStatus::at_rest) && sog <= 3.0 => 180.0,
            TransponderClass::A if sog <= 14.0 => 10.0,
            TransponderClass::A => 6.0,
            TransponderClass::B if sog <= 2.0 => 180.0,
            TransponderClass::B => 30.0,
            TransponderClass::LongRange => 180.0,
            TransponderClass::Aircraft => 10.0,
        }
    }

    /// Returns the reporting interval to expect, seconds: that of its class, or its own mean if that is longer.
    pub fn expected_interval_s(&self) -> f64 {
        self.nominal_interval_s().max(f64::from(self.interval_s))
    }
}

impl Track {
    /// Updates the mean interval by that between two of its positions.
    pub fn update_interval(&mut self, interval: Span) {
        let seconds = interval.secs().min(600.0) as f32;
        self.interval_s =
            if self.interval_s == 0.0 { seconds } else { self.interval_s * 0.9 + seconds * 0.1 };
    }

    /// Notes the name that it sends: net buoys have names of their own.
    pub fn note_name(&mut self, name: Option<Text<20>>) {
        self.odd_identity = name.is_some_and(|name| is_net_buoy_name(name.as_str()));
    }

    /// Moves it to a new fix; the fix before is remembered as the previous position.
    pub fn move_to(&mut self, fix: Fix) {
        if self.located() {
            self.previous = (self.fix.time, self.fix.position);
        }
        self.fix = fix;
        self.reports = self.reports.saturating_add(1);
    }

    /// Returns whether the zones at a fix may differ from those looked up last.
    pub(super) fn may_have_changed_zones(&self, fix: &Fix) -> bool {
        let safe_m = f64::from(self.zones_safe_m);
        safe_m < 0.0
            || fix.position != self.zones_at
                && geodesy::distance_at_most_m(self.zones_at, fix.position) >= safe_m
    }

    /// Looks up the zones at a position.
    pub(super) fn enter_zones_at(&mut self, at: Position, zones: &mut Zones) {
        let found = zones.membership(at, self.zones);
        (self.zones, self.zones_at, self.zones_safe_m) = (found.set, at, found.safe_m as f32);
    }

    /// Gives up its broadcasts: they are those of another track.
    pub fn give_up_identity(&mut self) {
        (self.mmsi, self.icao, self.next_same) = (Mmsi::NONE, None, None);
    }

    /// Leaves the place empty.
    pub(super) fn clear(&mut self) {
        (self.mmsi, self.icao, self.origin, self.sensed) = (Mmsi::NONE, None, Origin::Gone, 0);
    }

    /// Updates its highest speed.
    pub fn update_top_speed(&mut self) {
        let tenths = match self.class {
            // A speed that an aircraft claims and does not make is that of no aircraft.
            TransponderClass::Aircraft => self.way_tenths().map_or(0, |way| self.fix.sog_tenths.min(way)),
            _ => self.fix.sog_tenths,
        };
        if tenths != UNKNOWN && (tenths < 1000 || self.class == TransponderClass::Aircraft) {
            self.top_tenths = self.top_tenths.max(tenths);
        }
    }

    /// Returns its speed by its last two positions, tenths of a knot; `None` where they are too near in time.
    fn way_tenths(&self) -> Option<u16> {
        let hours = (self.fix.time - self.previous.0).hours();
        let way_nm = || geodesy::distance_m(self.previous.1, self.fix.position) / geodesy::NM_M;
        (self.located() && (WAY_WITHIN_H.0..=WAY_WITHIN_H.1).contains(&hours))
            .then(|| libm::round(way_nm() / hours * 10.0).min(60_000.0) as u16)
    }

    /// Takes over what a younger track of the same vessel knows from its broadcasts.
    pub fn take_over(&mut self, young: &Track) {
        let Track { mmsi, split_at, next_same, kind, odd_identity, sailed, ways, class, nav_status, .. } =
            *young;
        if young.on_ais() {
            (self.mmsi, self.next_same) = (mmsi, next_same);
        }
        (self.kind, self.sailed, self.ways) = (kind, sailed, ways);
        self.answers |= young.answers;
        self.seen_m = self.seen_m.max(young.seen_m);
        self.signs = young.signs;
        (self.odd_identity, self.class, self.nav_status) = (odd_identity, class, nav_status);
        self.split_at = split_at;
        let last_heard = young.last_heard.max(if self.answers { self.last_heard } else { Time::NEVER });
        (self.last_heard, self.interval_s) = (last_heard, young.interval_s);
        (self.sent, self.sent_at) = (young.sent, young.sent_at);
        self.stations.take_over(&young.stations);
        self.radars.take_over(&young.radars);
        self.reports = self.reports.saturating_add(young.reports);
    }

    /// Counts one more transmission, which agrees with those before or does not; enough of them confirm the track.
    pub fn count_agreement(&mut self, fits: bool) {
        if self.tentative && fits {
            self.consistent += 1;
            self.tentative = self.consistent + 1 < CONFIRMED_AFTER_AGREEMENTS;
            self.signs.set(Signs::SECOND, !self.tentative);
        }
    }

    /// Notes what a distress device tells of itself: its status, or its text (IEC 61097-14: `SART ACTIVE`, `SART TEST`, and the
    /// like for men overboard and EPIRBs). A text of a test does not take back an active status: anyone can send a text.
    pub fn note_distress_signal(&mut self, body: &Body) {
        match body {
            Body::Position(p) => self.nav_status = p.nav_status,
            Body::Safety(text) if text.0.contains("TEST") => {
                self.nav_status = self.nav_status.filter(|&status| status == NavStatus::DISTRESS);
            }
            Body::Safety(_) => self.nav_status = Some(NavStatus::DISTRESS),
            _ => {}
        }
    }
}
