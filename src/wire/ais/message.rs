//! AIS messages with all their fields, as ITU-R M.1371-5 annex 8 lays them out.
//!
//! Numbers are raw in the unit that each field states; see [`Reading`] for what is not there.

use super::Reading;
use crate::model::{Dimensions, Text};

/// Position and its quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Longitude, 1/10,000 min, east positive.
    pub lon: Reading<i32>,
    /// Latitude, 1/10,000 min, north positive.
    pub lat: Reading<i32>,
    /// Position accuracy flag: 10 m or better.
    pub accurate: bool,
    /// RAIM in use.
    pub raim: bool,
}

/// Types 1 to 3, class A position report (§3.1, table 48).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassA {
    /// Navigational status, 15 is "undefined".
    pub nav_status: u8,
    /// Rate of turn as sent: 4.733 times the root of degrees a minute; -128 is "not available", 127 and
    /// -127 say over 5° in 30 s without a turn indicator.
    pub rot: Reading<i8>,
    /// Speed over ground, 1/10 kn.
    pub sog: Reading<u16>,
    /// Where.
    pub fix: Fix,
    /// Course over ground, 1/10°.
    pub cog: Reading<u16>,
    /// True heading, degrees.
    pub heading: Reading<u16>,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// Special manoeuvre: 0 not available, 1 no, 2 yes.
    pub manoeuvre: u8,
    /// Communication state, where the message is long enough.
    pub radio: Option<u32>,
}

/// Types 4 and 11, base station report and UTC response (§3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// UTC year, 0 is "not available".
    pub year: u16,
    /// UTC month, 0 is "not available".
    pub month: u8,
    /// UTC day, 0 is "not available".
    pub day: u8,
    /// UTC hour, 24 is "not available".
    pub hour: u8,
    /// UTC minute, 60 is "not available".
    pub minute: u8,
    /// UTC second, 60 is "not available".
    pub second: u8,
    /// Where.
    pub fix: Fix,
    /// Type of position fixing device.
    pub epfd: u8,
    /// Communication state, where the message is long enough.
    pub radio: Option<u32>,
}

/// Type 5, static and voyage related data (§3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voyage {
    /// AIS version.
    pub version: u8,
    /// IMO number, or a flag State's own from 10,000,000 on.
    pub imo: Reading<u32>,
    /// Call sign.
    pub call_sign: Text<7>,
    /// Name.
    pub name: Text<20>,
    /// Type of ship and cargo, 0 is "not available".
    pub ship_type: u8,
    /// Hull about the antenna.
    pub dimensions: Dimensions,
    /// Type of position fixing device.
    pub epfd: u8,
    /// ETA month, 0 is "not available".
    pub eta_month: u8,
    /// ETA day, 0 is "not available".
    pub eta_day: u8,
    /// ETA hour, 24 is "not available".
    pub eta_hour: u8,
    /// ETA minute, 60 is "not available".
    pub eta_minute: u8,
    /// Draught, 1/10 m, 255 stands for that and more, 0 is "not available".
    pub draught: u8,
    /// Destination.
    pub destination: Text<20>,
    /// Data terminal not ready, where the message is long enough.
    pub dte: Option<bool>,
}

/// Type 9, SAR aircraft position report (§3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aircraft {
    /// Altitude, metres, 4,094 stands for that and more.
    pub altitude: Reading<u16>,
    /// Speed over ground, knots.
    pub sog: Reading<u16>,
    /// Where.
    pub fix: Fix,
    /// Course over ground, 1/10°.
    pub cog: Reading<u16>,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// Altitude by barometer, not by GNSS.
    pub barometric: bool,
    /// Data terminal not ready.
    pub dte: bool,
    /// In assigned mode.
    pub assigned: bool,
    /// Communication state with its selector, where the message is long enough.
    pub radio: Option<u32>,
}

/// Types 12 and 14, safety related message (§3.10, §3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safety {
    /// Whom it is for (type 12), with sequence number and retransmit flag.
    pub to: Option<(u32, u8, bool)>,
    /// Text.
    pub text: Box<str>,
}

/// Type 17, DGNSS corrections: the reference station's place alone (§3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dgnss {
    /// Longitude, sent in 1/10 min, in 1/10,000 min.
    pub lon: Reading<i32>,
    /// Latitude, sent in 1/10 min, in 1/10,000 min.
    pub lat: Reading<i32>,
}

/// Types 18 and 19, class B position report (§3.16, §3.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassB {
    /// Speed over ground, 1/10 kn.
    pub sog: Reading<u16>,
    /// Where.
    pub fix: Fix,
    /// Course over ground, 1/10°.
    pub cog: Reading<u16>,
    /// True heading, degrees.
    pub heading: Reading<u16>,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// In assigned mode.
    pub assigned: bool,
    /// What else type 18 says.
    pub unit: Option<Unit>,
    /// What else type 19 says.
    pub identity: Option<ClassBIdentity>,
}

/// Type 18's word of the equipment (§3.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Carrier-sense unit (else SOTDMA).
    pub carrier_sense: bool,
    /// Has a display.
    pub display: bool,
    /// Has DSC.
    pub dsc: bool,
    /// Works over the whole marine band.
    pub band: bool,
    /// Takes channel management.
    pub msg22: bool,
    /// Communication state with its selector, where the message is long enough.
    pub radio: Option<u32>,
}

/// Type 19's word of the vessel (§3.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassBIdentity {
    /// Name.
    pub name: Text<20>,
    /// Type of ship and cargo, 0 is "not available".
    pub ship_type: u8,
    /// Hull about the antenna.
    pub dimensions: Dimensions,
    /// Type of position fixing device.
    pub epfd: u8,
    /// Data terminal not ready.
    pub dte: bool,
}

/// Type 21, aid to navigation report (§3.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aid {
    /// Type of aid (§3.19), 0 is "not specified".
    pub aid_type: u8,
    /// Name with its extension.
    pub name: Text<34>,
    /// Where.
    pub fix: Fix,
    /// Size about the reference point.
    pub dimensions: Dimensions,
    /// Type of position fixing device.
    pub epfd: u8,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// Off its position.
    pub off_position: bool,
    /// Status of the aid.
    pub status: u8,
    /// Virtual: no aid is there.
    pub virtual_aid: bool,
    /// In assigned mode.
    pub assigned: bool,
}

/// Type 24 part B, static data of a class B vessel (§3.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticB {
    /// Type of ship and cargo, 0 is "not available".
    pub ship_type: u8,
    /// Manufacturer, three letters.
    pub vendor: Text<3>,
    /// The manufacturer's model code.
    pub model: u8,
    /// The manufacturer's serial number.
    pub serial: u32,
    /// Call sign.
    pub call_sign: Text<7>,
    /// Hull about the antenna; `None` for an auxiliary craft.
    pub dimensions: Option<Dimensions>,
    /// The mother ship of an auxiliary craft (MMSI 98…), 0 is "not available".
    pub mother_ship: Option<u32>,
    /// Type of position fixing device, where the message is long enough.
    pub epfd: Option<u8>,
}

/// Type 27, long-range broadcast (§3.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongRange {
    /// Navigational status, 15 is "undefined".
    pub nav_status: u8,
    /// Where; sent in 1/10 min.
    pub fix: Fix,
    /// Speed over ground, sent in knots, in 1/10 kn.
    pub sog: Reading<u16>,
    /// Course over ground, sent in degrees, in 1/10°.
    pub cog: Reading<u16>,
    /// The position is over 5 s old.
    pub late: bool,
}

/// What a message says after type, repeat indicator and source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Types 1 to 3.
    ClassA(ClassA),
    /// Types 4 and 11.
    Base(Base),
    /// Type 5.
    Voyage(Voyage),
    /// Type 9.
    Aircraft(Aircraft),
    /// Types 12 and 14.
    Safety(Safety),
    /// Type 17.
    Dgnss(Dgnss),
    /// Types 18 and 19.
    ClassB(ClassB),
    /// Type 21.
    Aid(Aid),
    /// Type 24 part A.
    StaticA(Text<20>),
    /// Type 24 part B.
    StaticB(StaticB),
    /// Type 27.
    LongRange(LongRange),
    /// Types 6-8, 10, 13, 15, 16, 20, 22, 23, 25, 26: that it was heard is all that Vigie uses.
    Rare,
}

/// A decoded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Message type, 1 to 27.
    pub kind: u8,
    /// Repeat indicator: how often it was relayed.
    pub repeat: u8,
    /// MMSI of the source as sent, 0 to 2^30 - 1.
    pub mmsi: u32,
    /// The rest.
    pub content: Content,
}
