//! Inputs of the engine: decoded messages, times of feeds, actions of officers.

use std::fmt;
use std::num::NonZeroU8;

use serde::{Deserialize, Serialize};

use super::{
    Action, AircraftReport, Contact, Feed, FeedId, Imo, Mmsi, Position, SharedAlert, StationId, Text, Time,
};

/// One input of the engine. The engine applies inputs in the order of their arrival; its state depends on nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Declaration of a feed that later inputs name by its number: before its first report, and again when it changes.
    Feed(Feed),
    /// One decoded message.
    Report(Report),
    /// A detection: one report of a radar about one of its targets.
    Contact(Contact),
    /// One message about an aircraft that transmits.
    Aircraft(AircraftReport),
    /// A report time of a feed, without anything else that the engine uses.
    Tick {
        /// Feed that states the time.
        feed: FeedId,
        /// Report time.
        time: Time,
    },
    /// Position of the ship that carries a receiver, as its own instruments tell it (`RMC`, `GGA`, `GLL`).
    OwnShip {
        /// Feed of the receiver.
        feed: FeedId,
        /// Station of the receiver within the feed.
        station: StationId,
        /// Position of the ship.
        position: Position,
    },
    /// Action of an officer.
    Action(Box<Action>),
    /// Alert event that another centre shared with this node.
    SharedAlert(Box<SharedAlert>),
}

impl Input {
    /// Returns the report time, if the input has one.
    pub fn time(&self) -> Option<Time> {
        match self {
            Input::Report(report) => Some(report.time),
            Input::Contact(contact) => Some(contact.time),
            Input::Aircraft(report) => Some(report.time),
            Input::Tick { time, .. } => Some(*time),
            Input::SharedAlert(alert) => Some(alert.message.event.time),
            Input::Feed(_) | Input::OwnShip { .. } | Input::Action(_) => None,
        }
    }
}

/// One decoded message about one sender.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Feed that brought the report.
    pub feed: FeedId,
    /// Station that received the report.
    pub station: StationId,
    /// Report time: the source's own, else the arrival time.
    pub time: Time,
    /// Hash of the armoured payload: equal transmissions have equal hashes.
    pub transmission: u32,
    /// MMSI of the sender.
    pub mmsi: Mmsi,
    /// Content of the report.
    pub body: Body,
}

/// Content of a report, by kind of message (ITU-R M.1371-5). A value that is "not available" is `None`.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Position of a vessel or SAR aircraft (message types 1-3, 9, 18, 19, 27).
    Position(PositionReport),
    /// Position and static data of a vessel in one message (type 19).
    PositionAndStatic(PositionReport, StaticReport),
    /// Static and voyage data (types 5, 24).
    Static(StaticReport),
    /// Report of a base station (types 4, 11). Such a report also shows that the receiver works.
    BaseStation(FixedReport),
    /// Report of an aid to navigation (type 21): a buoy, a light, a beacon.
    AidToNavigation(FixedReport),
    /// Safety-related text (types 12, 14).
    Safety(SafetyText),
    /// Position of the own ship (`VDO` sentence, IEC 61162-1): where the receiver is.
    OwnShip(Kinematics),
    /// Any other message: it proves only that the sender was received.
    Heard,
}

/// Position and movement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kinematics {
    /// Position, WGS 84.
    pub position: Option<Position>,
    /// Speed over ground, knots; 102.2 means 102.2 or more (M.1371-5 table 48).
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true, 0 to below 360.
    pub cog_deg: Option<f64>,
    /// Heading, degrees true, 0 to 359.
    pub heading_deg: Option<f64>,
}

/// A position report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionReport {
    /// Position and movement.
    pub kinematics: Kinematics,
    /// Class of the station that sent it.
    pub class: TransponderClass,
    /// Navigational status 0 to 14 (class A only; 15 "undefined" is `None`).
    pub nav_status: Option<NavStatus>,
    /// Position accuracy flag: 10 m or better (M.1371-5 table 48); also false where the format does not carry the flag.
    pub accurate: bool,
    /// Altitude of a SAR aircraft, metres (type 9, M.1371-5 §3.7); 4,094 means 4,094 or more.
    pub altitude_m: Option<u16>,
}

/// Report of a station that does not move by itself: a base station or an aid to navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FixedReport {
    /// Position, WGS 84.
    pub position: Option<Position>,
    /// Position accuracy flag: 10 m or better (M.1371-5 §3.2, §3.19).
    pub accurate: bool,
    /// Name of an aid to navigation with its extension (M.1371-5 §3.19); base stations send none.
    pub name: Option<Text<34>>,
}

/// Navigational status as sent, 0 to 14 (M.1371-5 table 48): 1 at anchor, 5 moored, 7 engaged in fishing …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NavStatus(pub u8);

impl NavStatus {
    /// Status of an active AIS-SART, MOB device or EPIRB-AIS; one under test sends 15 (M.1371-5 table 48).
    pub const DISTRESS: NavStatus = NavStatus(14);

    /// Returns whether the vessel is at anchor, moored or aground: class A then reports every three minutes.
    pub fn at_rest(self) -> bool {
        matches!(self.0, 1 | 5 | 6)
    }
}

/// Class of AIS station, which decides the reporting interval and the transmission power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TransponderClass {
    /// Class A, 12.5 W (types 1-3, 5).
    #[default]
    A,
    /// Class B, 2 or 5 W (types 18, 19, 24).
    B,
    /// Long-range broadcast for satellites (type 27).
    LongRange,
    /// SAR aircraft (type 9).
    Aircraft,
}

/// Static and voyage data of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StaticReport {
    /// Class of the sender; type 24 is class B.
    pub class: TransponderClass,
    /// Ship's name.
    pub name: Option<Text<20>>,
    /// Call sign.
    pub call_sign: Option<Text<7>>,
    /// IMO number.
    pub imo: Option<Imo>,
    /// Type of ship and cargo.
    pub ship_type: Option<ShipType>,
    /// Dimensions of the hull, from the antenna.
    pub dimensions: Option<Dimensions>,
    /// Destination as typed in by the crew.
    pub destination: Option<Text<20>>,
    /// Maximum present static draught, metres, in steps of 0.1 m; 25.5 stands for that and more (M.1371-5 §3.3).
    pub draught_m: Option<f32>,
    /// Estimated time of arrival at the destination.
    pub eta: Option<Eta>,
}

/// Estimated time of arrival as AIS sends it: month, day, hour and minute in UTC, without a year (M.1371-5 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Eta {
    month: NonZeroU8,
    day: u8,
    /// 0 to 23, or [`Eta::NO_HOUR`].
    hour: u8,
    /// 0 to 59, or [`Eta::NO_MINUTE`].
    minute: u8,
}

// Reports are copied once for each input: what voyages carry must not make them larger.
const _: () = assert!(size_of::<Option<Eta>>() == 4 && size_of::<StaticReport>() <= 88);

impl Eta {
    /// Hour that stands for "not available" (M.1371-5 §3.3).
    pub const NO_HOUR: u8 = 24;
    /// Minute that stands for "not available" (M.1371-5 §3.3).
    pub const NO_MINUTE: u8 = 60;

    /// Returns the ETA of the four numbers of a type 5 message. `None` where month or day is not available (0) or no
    /// year has such a day. The time of day is left out unless both hour (0 to 23) and minute (0 to 59) are given.
    pub fn new(month: u8, day: u8, hour: u8, minute: u8) -> Option<Eta> {
        let days_in_month = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let (hour, minute) =
            if hour < 24 && minute < 60 { (hour, minute) } else { (Eta::NO_HOUR, Eta::NO_MINUTE) };
        let month = NonZeroU8::new(month)?;
        (1..=days_in_month).contains(&day).then_some(Eta { month, day, hour, minute })
    }

    /// Returns the ETA of the 20 bits of a type 5 message: month (4 bits), day (5), hour (5), minute (6).
    pub fn from_bits(bits: u32) -> Option<Eta> {
        let field = |at: u32, width: u32| (bits >> at & ((1 << width) - 1)) as u8;
        if bits < 1 << 20 { Eta::new(field(16, 4), field(11, 5), field(6, 5), field(0, 6)) } else { None }
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month.get()
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Hour (0 to 23) and minute (0 to 59) in UTC, where the crew gave them.
    pub fn hour_minute(self) -> Option<(u8, u8)> {
        (self.hour != Eta::NO_HOUR).then_some((self.hour, self.minute))
    }
}

impl fmt::Display for Eta {
    /// Writes month, day and time of day in UTC, `11-06T03:00Z`; `11-06` without a time of day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)?;
        match self.hour_minute() {
            Some((hour, minute)) => write!(f, "T{hour:02}:{minute:02}Z"),
            None => Ok(()),
        }
    }
}

/// Type of ship and cargo as sent, 1 to 99 (M.1371-5 table 53; 0 is "not available").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShipType(pub u8);

impl ShipType {
    /// The word that configuration and alerts use; `other` for what the table leaves open.
    pub fn word(self) -> &'static str {
        match self.0 {
            20..=29 => "wing-in-ground",
            30 => "fishing",
            31 | 32 => "towing",
            33 => "dredging",
            34 => "diving",
            35 => "military",
            36 => "sailing",
            37 => "pleasure",
            40..=49 => "high-speed",
            50 => "pilot",
            51 => "search-and-rescue",
            52 => "tug",
            53 => "port-tender",
            54 => "anti-pollution",
            55 => "law-enforcement",
            58 => "medical",
            60..=69 => "passenger",
            70..=79 => "cargo",
            80..=89 => "tanker",
            _ => "other",
        }
    }

    /// Every word that [`ShipType::word`] gives.
    pub const WORDS: &'static [&'static str] = &[
        "wing-in-ground",
        "fishing",
        "towing",
        "dredging",
        "diving",
        "military",
        "sailing",
        "pleasure",
        "high-speed",
        "pilot",
        "search-and-rescue",
        "tug",
        "port-tender",
        "anti-pollution",
        "law-enforcement",
        "medical",
        "passenger",
        "cargo",
        "tanker",
        "other",
    ];
}

/// Distances from the antenna to the hull's ends, metres (M.1371-5 figure 41).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dimensions {
    /// Distance to the bow, metres.
    pub bow_m: u16,
    /// Distance to the stern, metres.
    pub stern_m: u16,
    /// Distance to the port side, metres.
    pub port_m: u8,
    /// Distance to the starboard side, metres.
    pub starboard_m: u8,
}

impl Dimensions {
    /// Length overall, metres; `None` where neither end is given.
    pub fn length_m(self) -> Option<u16> {
        let length = self.bow_m + self.stern_m;
        (length > 0).then_some(length)
    }
}

/// Safety-related text, up to 161 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyText(pub Box<str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eta_is_a_day_of_some_year_with_a_whole_time_of_day_or_none() {
        let text = |month, day, hour, minute| Eta::new(month, day, hour, minute).map(|eta| eta.to_string());
        assert_eq!(text(11, 6, 3, 0).as_deref(), Some("11-06T03:00Z"));
        assert_eq!(text(2, 29, 23, 59).as_deref(), Some("02-29T23:59Z"));
        for (hour, minute) in [(24, 60), (24, 0), (12, 60), (31, 30), (12, 63)] {
            assert_eq!(text(12, 31, hour, minute).as_deref(), Some("12-31"), "{hour}:{minute}");
        }
        for (month, day) in [(0, 0), (0, 6), (11, 0), (13, 1), (15, 31), (2, 30), (4, 31), (6, 31)] {
            assert_eq!(text(month, day, 3, 0), None, "{month}-{day}");
        }
        assert_eq!(Eta::from_bits(733_376), Eta::new(11, 6, 3, 0));
        assert_eq!(Eta::from_bits(24 << 6 | 60), None);
        assert_eq!(Eta::from_bits(733_376 | 1 << 20), None);
    }
}
