//! AIS messages with all their fields, as ITU-R M.1371-5, annex 8, defines them.
//!
//! Numbers are raw in the unit that each field states; [`Reading`] tells "not available" and illegal values apart.

use super::Reading;
use crate::model::{Dimensions, Text};

/// Position with its accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Longitude, 1/10,000 min, east positive.
    pub lon: Reading<i32>,
    /// Latitude, 1/10,000 min, north positive.
    pub lat: Reading<i32>,
    /// Position accuracy flag: 10 m or better.
    pub accurate: bool,
    /// True where RAIM is in use.
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
    /// Position.
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
    /// Position.
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
    /// Name of the vessel.
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
    /// True where the data terminal is not ready, where the message is long enough.
    pub dte: Option<bool>,
}

/// Type 9, SAR aircraft position report (§3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aircraft {
    /// Altitude, metres, 4,094 stands for that and more.
    pub altitude: Reading<u16>,
    /// Speed over ground, knots.
    pub sog: Reading<u16>,
    /// Position.
    pub fix: Fix,
    /// Course over ground, 1/10°.
    pub cog: Reading<u16>,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// True for an altitude by barometer, false by GNSS.
    pub barometric: bool,
    /// True where the data terminal is not ready.
    pub dte: bool,
    /// True where the station is in assigned mode.
    pub assigned: bool,
    /// Communication state with its selector, where the message is long enough.
    pub radio: Option<u32>,
}

/// Types 12 and 14, safety related message (§3.10, §3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safety {
    /// MMSI of the addressee with sequence number and retransmit flag (type 12).
    pub to: Option<(u32, u8, bool)>,
    /// Text of the message.
    pub text: Box<str>,
}

/// Type 17, DGNSS corrections: the position of the reference station alone (§3.15).
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
    /// Position.
    pub fix: Fix,
    /// Course over ground, 1/10°.
    pub cog: Reading<u16>,
    /// True heading, degrees.
    pub heading: Reading<u16>,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// True where the station is in assigned mode.
    pub assigned: bool,
    /// Fields that type 18 alone has.
    pub unit: Option<Unit>,
    /// Fields that type 19 alone has.
    pub identity: Option<ClassBIdentity>,
}

/// Equipment of a class B unit, from type 18 (§3.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// True for a carrier-sense unit, false for SOTDMA.
    pub carrier_sense: bool,
    /// True where the unit has a display.
    pub display: bool,
    /// True where the unit has DSC.
    pub dsc: bool,
    /// True where the unit works over the whole marine band.
    pub band: bool,
    /// True where the unit obeys channel management by type 22.
    pub msg22: bool,
    /// Communication state with its selector, where the message is long enough.
    pub radio: Option<u32>,
}

/// Identity of a class B vessel, from type 19 (§3.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassBIdentity {
    /// Name of the vessel.
    pub name: Text<20>,
    /// Type of ship and cargo, 0 is "not available".
    pub ship_type: u8,
    /// Hull about the antenna.
    pub dimensions: Dimensions,
    /// Type of position fixing device.
    pub epfd: u8,
    /// True where the data terminal is not ready.
    pub dte: bool,
}

/// Type 21, aid to navigation report (§3.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aid {
    /// Type of aid (§3.19), 0 is "not specified".
    pub aid_type: u8,
    /// Name of the aid with its extension.
    pub name: Text<34>,
    /// Position.
    pub fix: Fix,
    /// Size about the reference point.
    pub dimensions: Dimensions,
    /// Type of position fixing device.
    pub epfd: u8,
    /// UTC second of the fix; 60 to 63 say why there is none.
    pub second: u8,
    /// True where the aid is off its position.
    pub off_position: bool,
    /// Status of the aid.
    pub status: u8,
    /// True for a virtual aid: no physical aid is at the position.
    pub virtual_aid: bool,
    /// True where the station is in assigned mode.
    pub assigned: bool,
}

/// Type 24 part B, static data of a class B vessel (§3.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticB {
    /// Type of ship and cargo, 0 is "not available".
    pub ship_type: u8,
    /// Manufacturer, three letters.
    pub vendor: Text<3>,
    /// Model code of the manufacturer.
    pub model: u8,
    /// Serial number of the manufacturer.
    pub serial: u32,
    /// Call sign.
    pub call_sign: Text<7>,
    /// Hull about the antenna; `None` for an auxiliary craft.
    pub dimensions: Option<Dimensions>,
    /// MMSI of the mother ship of an auxiliary craft (MMSI 98…), 0 is "not available".
    pub mother_ship: Option<u32>,
    /// Type of position fixing device, where the message is long enough.
    pub epfd: Option<u8>,
}

/// Type 27, long-range broadcast (§3.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongRange {
    /// Navigational status, 15 is "undefined".
    pub nav_status: u8,
    /// Position, sent in 1/10 min.
    pub fix: Fix,
    /// Speed over ground, sent in knots, in 1/10 kn.
    pub sog: Reading<u16>,
    /// Course over ground, sent in degrees, in 1/10°.
    pub cog: Reading<u16>,
    /// True where the position is over 5 s old.
    pub late: bool,
}

/// Content of a message after type, repeat indicator and source.
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
    /// Types 6-8, 10, 13, 15, 16, 20, 22, 23, 25, 26: Vigie uses no more than that the sender was heard.
    Rare,
}

/// A decoded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Message type, 1 to 27.
    pub kind: u8,
    /// Repeat indicator: how often the message was relayed.
    pub repeat: u8,
    /// MMSI of the source as sent, 0 to 2^30 - 1.
    pub mmsi: u32,
    /// Content after type, repeat indicator and source.
    pub content: Content,
}
