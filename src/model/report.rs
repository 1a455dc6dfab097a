//! What goes into the engine: one decoded message, a feed's word of its time, an officer's action.

use serde::{Deserialize, Serialize};

use super::{Action, AircraftReport, Contact, Feed, FeedId, Imo, Mmsi, Position, StationId, Text, Time};

/// One input of the engine. Their order is the order of arrival and decides everything.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A feed that later inputs name by its number; before its first report, and again if it changes.
    Feed(Feed),
    /// One decoded message.
    Report(Report),
    /// A radar's word of one of its targets.
    Contact(Contact),
    /// One message about an aircraft that transmits.
    Aircraft(AircraftReport),
    /// A feed told its time with nothing else that the engine uses.
    Tick {
        /// Who told it.
        feed: FeedId,
        /// The time it told.
        time: Time,
    },
    /// What an officer did.
    Action(Box<Action>),
}

impl Input {
    /// The report time that it tells, if it tells one.
    pub fn time(&self) -> Option<Time> {
        match self {
            Input::Report(report) => Some(report.time),
            Input::Contact(contact) => Some(contact.time),
            Input::Aircraft(report) => Some(report.time),
            Input::Tick { time, .. } => Some(*time),
            Input::Feed(_) | Input::Action(_) => None,
        }
    }
}

/// One decoded message about one sender.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The source that brought it.
    pub feed: FeedId,
    /// The station that heard it.
    pub station: StationId,
    /// Report time: the source's own, else the arrival time.
    pub time: Time,
    /// A hash of the armoured payload: equal transmissions have equal hashes.
    pub transmission: u32,
    /// Whom it is about.
    pub mmsi: Mmsi,
    /// What it says.
    pub body: Body,
}

/// What a report says. "Not available" is `None` from here on.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A vessel's or SAR aircraft's position (message types 1-3, 9, 18, 19, 27).
    Position(PositionReport),
    /// A vessel's position and identity in one (type 19).
    PositionAndStatic(PositionReport, StaticReport),
    /// Identity, dimensions, voyage (types 5, 24).
    Static(StaticReport),
    /// A base station (types 4, 11), which also tells that its receiver lives.
    BaseStation(Option<Position>),
    /// An aid to navigation (type 21).
    AidToNavigation(Option<Position>, Text<34>),
    /// Safety-related text (types 12, 14).
    Safety(SafetyText),
    /// Own ship (`VDO`): where the receiver is.
    OwnShip(Kinematics),
    /// Another message: proof that the sender was heard.
    Heard,
}

/// Where a thing is and how it moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kinematics {
    /// WGS 84.
    pub position: Option<Position>,
    /// Speed over ground, knots; 102.2 stands for that and more (M.1371-5 table 48).
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true, 0 to below 360.
    pub cog_deg: Option<f64>,
    /// Heading, degrees true, 0 to 359.
    pub heading_deg: Option<f64>,
}

/// A position report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionReport {
    /// Where and how fast.
    pub kinematics: Kinematics,
    /// Class of the station that sent it.
    pub class: TransponderClass,
    /// Navigational status 0-15 (class A only; 15 "undefined" is `None`).
    pub nav_status: Option<NavStatus>,
    /// Position accuracy flag: better than 10 m.
    pub accurate: bool,
    /// Altitude of a SAR aircraft, metres (type 9).
    pub altitude_m: Option<u16>,
}

/// Navigational status as sent, 0 to 14 (M.1371-5 table 48): 1 at anchor, 5 moored, 7 engaged in fishing …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NavStatus(pub u8);

impl NavStatus {
    /// An AIS-SART, man overboard device or EPIRB that is active; under test it sends 15 (M.1371-5 table 48).
    pub const DISTRESS: NavStatus = NavStatus(14);

    /// At anchor, moored or aground: class A then reports every three minutes.
    pub fn at_rest(self) -> bool {
        matches!(self.0, 1 | 5 | 6)
    }
}

/// The kind of AIS station, which decides how often it reports and how far it is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TransponderClass {
    /// Class A, 12.5 W (types 1-3, 5).
    #[default]
    A,
    /// Class B, 2 or 5 W (types 18, 19, 24).
    B,
    /// Long-range broadcast, for satellites (type 27).
    LongRange,
    /// SAR aircraft (type 9).
    Aircraft,
}

/// Identity and voyage; each field is what this message said.
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
    /// Hull about the antenna.
    pub dimensions: Option<Dimensions>,
    /// Destination as typed in by the crew.
    pub destination: Option<Text<20>>,
    /// Draught, metres.
    pub draught_m: Option<f64>,
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
    /// To the bow.
    pub bow_m: u16,
    /// To the stern.
    pub stern_m: u16,
    /// To port.
    pub port_m: u8,
    /// To starboard.
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
