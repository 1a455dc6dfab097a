//! A track: one vessel as its reports tell it. What every report touches is kept together and small.

pub(super) mod layout_1;

use serde::{Deserialize, Serialize};

use crate::geodesy;
use crate::model::{
    Body, Dimensions, FeedId, Icao, Imo, Kinematics, Mmsi, MmsiKind, NavStatus, Position, Report, ShipType,
    Span, StationId, StationKey, Text, Time, TrackId, TransponderClass,
};
use crate::picture::ZoneSet;
use crate::picture::claims::{Before, Signs};

/// What a track is of, as far as patterns care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A vessel, or what claims to be one.
    Vessel,
    /// Base station, aid to navigation: stands still, and witnesses that its receiver hears.
    Fixed,
    /// SAR aircraft.
    Aircraft,
    /// AIS-SART, man overboard, EPIRB.
    Distress,
    /// A buoy on a fishing net: an identity no ship has, and never faster than the water carries it.
    NetBuoy,
}

/// What a track came from, which names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Born {
    /// There is none here: its place is free.
    Gone,
    /// It was heard on AIS first.
    Heard,
    /// A radar saw it first, under this number.
    Seen {
        /// The radar's feed.
        feed: FeedId,
        /// Its number for the target.
        number: u32,
    },
}

/// Who heard a track, and when last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The feed.
    pub feed: FeedId,
    /// The station in it.
    pub station: StationId,
    secs: u32,
}

impl Heard {
    /// When last, whole seconds of report time, rounded down.
    pub fn last(self) -> Time {
        Time::from_secs(i64::from(self.secs))
    }

    /// Returns the station among those of all feeds.
    pub fn station_key(self) -> StationKey {
        StationKey::new(self.feed, self.station)
    }
}

/// How many stations of those that lately heard a track are remembered.
pub const HEARD: usize = 4;
/// How many transmissions of a track are remembered, to know a repeat.
const SENT: usize = 6;
/// The same payload within this is one transmission (DESIGN section 5), milliseconds.
const REPEAT_MS: i64 = 10_000;

/// One on AIS that is seen and was not heard for so many of its intervals, and this many seconds, is dark.
const AIS_SILENT_INTERVALS: f64 = 6.0;
const AIS_SILENT_S: f64 = 300.0;
/// An aircraft's transponder is heard every second or every turn of a radar.
const AIR_SILENT_S: f64 = 60.0;
/// So many transmissions in a row must fit each other before a second track is believed.
const BELIEVED_AFTER: u8 = 3;

const NO_SPEED: u16 = u16::MAX;

/// Where a track was last and how it moved: sixteen bytes and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Report time.
    pub time: Time,
    /// Where.
    pub position: Position,
    pub(crate) sog_tenths: u16,
    cog_tenths: u16,
    heading: u16,
}

impl Fix {
    /// From a report that has a position; figures kept as AIS has them, in tenths.
    pub fn new(time: Time, position: Position, k: &Kinematics) -> Fix {
        let tenths =
            |v: Option<f64>| v.map_or(NO_SPEED, |v| libm::round(v * 10.0).clamp(0.0, 65_000.0) as u16);
        Fix {
            time,
            position,
            sog_tenths: tenths(k.sog_kn),
            cog_tenths: tenths(k.cog_deg),
            heading: tenths(k.heading_deg),
        }
    }

    /// Speed over ground, knots.
    pub fn sog_kn(&self) -> Option<f64> {
        known_tenths(self.sog_tenths)
    }

    /// Course over ground, degrees true.
    pub fn cog_deg(&self) -> Option<f64> {
        known_tenths(self.cog_tenths)
    }

    /// Heading, degrees true.
    pub fn heading_deg(&self) -> Option<f64> {
        known_tenths(self.heading)
    }

    /// Carried on at its speed and course; standing where it has none.
    pub fn carried_to(&self, time: Time) -> Position {
        match (self.sog_kn(), self.cog_deg()) {
            (Some(sog), Some(cog)) if sog > 0.0 => {
                geodesy::dead_reckoned(self.position, sog, cog, time - self.time)
            }
            _ => self.position,
        }
    }

    /// East and north knots; none where it says neither.
    pub fn velocity_kn(&self) -> Option<[f64; 2]> {
        match (self.sog_kn()?, self.cog_deg()) {
            (sog, Some(cog)) => Some(geodesy::velocity(sog, cog)),
            (sog, None) if sog < 0.5 => Some([0.0, 0.0]),
            _ => None,
        }
    }
}

fn known_tenths(tenths: u16) -> Option<f64> {
    (tenths != NO_SPEED).then(|| f64::from(tenths) / 10.0)
}

/// Identity claims, kept apart from what every report touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Ship's name.
    pub name: Option<Text<20>>,
    /// Call sign.
    pub call_sign: Option<Text<7>>,
    /// IMO number.
    pub imo: Option<Imo>,
    /// Ship type.
    pub ship_type: Option<ShipType>,
    /// Dimensions.
    pub dimensions: Option<Dimensions>,
    /// What it claimed before.
    pub before: Before,
}

impl Identity {
    /// Length overall, metres, if it tells one.
    pub fn length_m(&self) -> Option<u16> {
        self.dimensions?.length_m()
    }

    /// Whether it tells a length of so many metres or more.
    pub fn is_at_least(&self, metres: f64) -> bool {
        self.length_m().is_some_and(|own| f64::from(own) >= metres)
    }
}

/// One track.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Track {
    /// On AIS: its identity there. 0 where it is not.
    pub mmsi: Mmsi,
    /// An aircraft's address, if it transmits one.
    pub icao: Option<Icao>,
    /// What it came from.
    pub born: Born,
    /// So many of the radars' targets feed it.
    pub sensed: u8,
    /// Set for the second track that shares an MMSI: its first report, part of its key.
    pub split_at: Option<Time>,
    /// The next track with this MMSI.
    #[serde(with = "crate::model::ids::optional_track")]
    pub(super) next_same: Option<TrackId>,
    /// An aircraft's transponder answers radars.
    pub(super) answers: bool,
    /// Not yet believed: positions that no track of this MMSI can have reached, too few so far.
    pub tentative: bool,
    consistent: u8,
    /// What it is of.
    pub kind: Kind,
    pub(super) odd_identity: bool,
    /// It has sent a vessel's positions.
    sailed: bool,
    /// What speaks against its claims.
    pub signs: Signs,
    /// Class of its transponder.
    pub class: TransponderClass,
    /// Navigational status as last sent.
    pub nav_status: Option<NavStatus>,
    /// The newest position.
    pub fix: Fix,
    /// The position before it.
    pub previous: (Time, Position),
    /// First report.
    pub first_heard: Time,
    /// Newest report of any type: on AIS, or of the radars where it is not on AIS.
    pub last_heard: Time,
    /// Position reports so far.
    pub reports: u32,
    /// Its mean interval between position reports, seconds.
    pub interval_s: f32,
    /// The highest speed it has told, tenths of a knot.
    pub top_tenths: u16,
    /// Zones it is in.
    pub zones: ZoneSet,
    pub(super) zones_at: Position,
    pub(super) zones_safe_m: f32,
    heard: [Heard; HEARD],
    sent: [(u32, u32); SENT],
    sent_at: u8,
}

impl Track {
    pub(super) fn new(mmsi: Mmsi, class: TransponderClass, fix: Fix) -> Track {
        Track {
            mmsi,
            icao: None,
            born: Born::Heard,
            sensed: 0,
            split_at: None,
            next_same: None,
            answers: false,
            tentative: false,
            consistent: 0,
            kind: kind_of(mmsi),
            sailed: false,
            signs: Signs::of_form(mmsi),
            odd_identity: mmsi.kind() == MmsiKind::Malformed,
            class,
            nav_status: None,
            previous: (Time::NEVER, fix.position),
            first_heard: fix.time,
            last_heard: fix.time,
            fix,
            reports: 0,
            interval_s: 0.0,
            top_tenths: 0,
            zones: ZoneSet(0),
            zones_at: fix.position,
            zones_safe_m: -1.0,
            heard: [Heard::default(); HEARD],
            sent: [(0, 0); SENT],
            sent_at: 0,
        }
    }

    /// Whether a position has come in at all: one known by name alone has none.
    pub fn located(&self) -> bool {
        self.reports > 0
    }

    /// Whether this is a track at all: one that is gone leaves an empty place.
    pub fn is_in_use(&self) -> bool {
        self.born != Born::Gone
    }

    /// Of an aircraft.
    pub(super) fn of_aircraft(mmsi: Mmsi, fix: Fix) -> Track {
        let mut track = Track::new(mmsi, TransponderClass::Aircraft, fix);
        (track.kind, track.signs) = (Kind::Aircraft, Signs::default());
        track
    }

    /// Whether it says, or said, who it is: on AIS, or by an aircraft's transponder.
    pub fn is_cooperative(&self) -> bool {
        self.on_ais() || self.icao.is_some()
    }

    /// Whether it is, or was, on AIS.
    pub fn on_ais(&self) -> bool {
        self.mmsi.0 != 0
    }

    /// Its fix, as long as AIS alone tells it.
    pub(super) fn ais_fix(&self) -> Option<Fix> {
        (self.is_cooperative() && self.located()).then_some(self.fix)
    }

    /// Whether radars see it and AIS does not explain it, at a time: it is not on AIS, or fell silent there.
    pub fn is_dark(&self, now: Time) -> bool {
        let least_s = if self.kind == Kind::Aircraft { AIR_SILENT_S } else { AIS_SILENT_S };
        let silent = Span::from_secs_f64((AIS_SILENT_INTERVALS * self.expected_interval_s()).max(least_s));
        let speaks = self.is_cooperative() || self.answers;
        self.sensed > 0 && (!speaks || now - self.last_heard > silent)
    }

    /// What the rules for vessels look at.
    pub fn is_vessel(&self) -> bool {
        self.kind == Kind::Vessel && !self.tentative
    }

    /// Speed, from its report or else from its last two positions.
    pub fn speed_kn(&self) -> Option<f64> {
        self.fix.sog_kn().or_else(|| {
            let hours = (self.fix.time - self.previous.0).hours();
            (hours > 0.0 && hours < 1.0)
                .then(|| geodesy::distance_m(self.previous.1, self.fix.position) / geodesy::NM_M / hours)
        })
    }

    /// Whether a time of its is in another part of the day than its position before was, in parts so long.
    pub fn is_first_in(&self, part: Span, time: Time) -> bool {
        time.0 / part.0 != self.previous.0.0 / part.0
    }

    /// The stations that heard it within a span before it was last heard, newest word each.
    pub fn heard_within(&self, span: Span) -> impl Iterator<Item = Heard> + '_ {
        let from = self.last_heard - span;
        self.heard.iter().copied().filter(move |h| h.secs > 0 && h.last() >= from - Span::from_secs(1))
    }

    /// The station's last word of it.
    pub fn heard_by(&self, station_key: StationKey) -> Option<Time> {
        self.heard.iter().find(|h| h.secs > 0 && h.station_key() == station_key).map(|h| h.last())
    }

    /// A station heard it. Answers whether that was a transmission already taken: the first word of it counts.
    pub(super) fn hear(&mut self, report: &Report) -> bool {
        let repeat = self.is_repeat(report.transmission, report.time);
        self.note(report.feed, report.station, report.time);
        if !repeat {
            self.last_heard = self.last_heard.max(report.time);
        }
        repeat
    }

    /// A radar sees it.
    pub(super) fn see(&mut self, feed: FeedId, station: StationId, time: Time) {
        self.note(feed, station, time);
        if !self.is_cooperative() && !self.answers {
            self.last_heard = self.last_heard.max(time);
        }
    }

    /// An aircraft's transponder was heard, or answered a radar.
    pub(super) fn transponds(&mut self, feed: FeedId, station: StationId, time: Time) {
        self.note(feed, station, time);
        self.answers = true;
        self.last_heard = self.last_heard.max(time);
    }

    /// Who brought it, and when last.
    fn note(&mut self, feed: FeedId, station: StationId, time: Time) {
        let secs = (time.0 / 1000).clamp(1, i64::from(u32::MAX)) as u32;
        let known = self.heard.iter().position(|h| h.secs > 0 && h.feed == feed && h.station == station);
        let at = known.unwrap_or_else(|| {
            let oldest = self.heard.iter().enumerate().min_by_key(|(_, h)| h.secs);
            oldest.map_or(0, |(i, _)| i)
        });
        let keep = known.map_or(0, |i| self.heard[i].secs);
        self.heard[at] = Heard { feed, station, secs: secs.max(keep) };
    }

    /// Whether this transmission was taken already; remembers it if not.
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

    /// The reporting interval that its class, speed and status make one expect, seconds
    /// (ITU-R M.1371-5 tables 1 and 2).
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

    /// What one may expect of it: its class's interval, or its own mean if that is longer.
    pub fn expected_interval_s(&self) -> f64 {
        self.nominal_interval_s().max(f64::from(self.interval_s))
    }
}

impl Track {
    /// The time between two of its AIS positions.
    pub(super) fn note_interval(&mut self, interval: Span) {
        let seconds = interval.secs().min(600.0) as f32;
        self.interval_s =
            if self.interval_s == 0.0 { seconds } else { self.interval_s * 0.9 + seconds * 0.1 };
    }

    /// The highest speed it has shown.
    pub(super) fn note_speed(&mut self) {
        if self.fix.sog_tenths != NO_SPEED && self.fix.sog_tenths < 1000 {
            self.top_tenths = self.top_tenths.max(self.fix.sog_tenths);
        }
    }

    /// It is what a younger track on AIS is: what AIS said goes over.
    pub(super) fn take_over(&mut self, young: &Track) {
        let Track { mmsi, split_at, next_same, kind, odd_identity, sailed, class, nav_status, .. } = *young;
        if young.on_ais() {
            (self.mmsi, self.next_same) = (mmsi, next_same);
        }
        (self.kind, self.sailed, self.answers) = (kind, sailed, self.answers || young.answers);
        self.signs = young.signs;
        (self.odd_identity, self.class, self.nav_status) = (odd_identity, class, nav_status);
        self.split_at = split_at;
        let last_heard = young.last_heard.max(if self.answers { self.last_heard } else { Time::NEVER });
        (self.last_heard, self.interval_s) = (last_heard, young.interval_s);
        (self.sent, self.sent_at) = (young.sent, young.sent_at);
        for heard in young.heard.iter().filter(|h| h.secs > 0) {
            self.note(heard.feed, heard.station, heard.last());
        }
        self.reports = self.reports.saturating_add(young.reports);
    }

    /// One more transmission that fits those before it.
    pub(super) fn believe(&mut self, fits: bool) {
        if self.tentative && fits {
            self.consistent += 1;
            self.tentative = self.consistent + 1 < BELIEVED_AFTER;
            self.signs.set(Signs::SECOND, !self.tentative);
        }
    }

    /// What a distress device says of itself: its status, or its text (IEC 61097-14: `SART ACTIVE`, `SART TEST`, and
    /// so of men overboard and EPIRBs).
    pub(super) fn note_signal(&mut self, body: &Body) {
        match body {
            Body::Position(p) => self.nav_status = p.nav_status,
            Body::Safety(text) if text.0.contains("TEST") => self.nav_status = None,
            Body::Safety(_) => self.nav_status = Some(NavStatus::DISTRESS),
            _ => {}
        }
    }

    /// It says that it is a base station or an aid. A vessel's number that has sailed stays a vessel: one message of
    /// that type would else hide it.
    pub(super) fn claims_fixed(&mut self) {
        if matches!(self.kind, Kind::Vessel | Kind::NetBuoy) && !self.sailed {
            self.kind = Kind::Fixed;
        }
    }

    /// It sends a vessel's positions.
    pub(super) fn sails(&mut self) {
        if !self.sailed {
            self.sailed = true;
            if self.kind == Kind::Fixed {
                self.kind = kind_of(self.mmsi);
            }
        }
    }

    /// A claim never exempts alone: a net buoy has an identity that no ship has *and* goes with the water.
    pub(super) fn judge_kind(&mut self) {
        if matches!(self.kind, Kind::Vessel | Kind::NetBuoy) {
            let buoy = self.odd_identity
                && self.class == TransponderClass::B
                && self.top_tenths <= NET_BUOY_TOP_TENTHS;
            self.kind = if buoy { Kind::NetBuoy } else { Kind::Vessel };
        }
    }
}

/// Currents of the region stay under this; a buoy that was faster was on a boat. Tenths of a knot.
const NET_BUOY_TOP_TENTHS: u16 = 40;

/// Whether a name is one that net buoys send: `NET …`, `… BUOY`, a battery's percentage or voltage.
pub(super) fn net_buoy_name(name: &str) -> bool {
    let charge = |unit: char| {
        let before = name.trim_end().strip_suffix(unit).unwrap_or("");
        before.ends_with(|c: char| c.is_ascii_digit())
    };
    name.starts_with("NET") || name.contains("BUOY") || name.contains("FISHNET") || charge('%') || charge('V')
}

fn kind_of(mmsi: Mmsi) -> Kind {
    match mmsi.kind() {
        MmsiKind::CoastStation | MmsiKind::AidToNavigation => Kind::Fixed,
        MmsiKind::SarAircraft => Kind::Aircraft,
        kind if kind.distress_device().is_some() => Kind::Distress,
        _ => Kind::Vessel,
    }
}
