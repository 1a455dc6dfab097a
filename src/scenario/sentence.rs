//! AIS messages as a station puts them on the wire, by [`crate::wire::ais::encode`].

use super::globe::Place;
use crate::model::{Dimensions, Text};
use crate::wire::ais::encode::{self, Bits};
use crate::wire::ais::{Aid, Base, ClassA, ClassB, Fix as Antenna, Reading, StaticB, Unit, Voyage};

/// Type of position fixing device: GPS; a base station's and an aid's is surveyed (M.1371-5 table 53).
const GPS: u8 = 1;
const SURVEYED: u8 = 7;

/// A position report of class A (type 1) or class B (type 18).
#[derive(Clone, Copy, Debug)]
pub struct Fix {
    /// Antenna, with its noise.
    pub place: Place,
    /// Knots.
    pub sog_kn: f64,
    /// Degrees true.
    pub cog_deg: f64,
    /// Degrees true; `None` without a compass.
    pub heading_deg: Option<f64>,
    /// Second of the minute.
    pub second: u8,
}

/// Static and voyage data, as a crew typed them in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Particulars<'a> {
    /// Up to 20 characters.
    pub name: &'a str,
    /// Up to 7.
    pub call_sign: &'a str,
    /// `None` where it has none.
    pub imo: Option<u32>,
    /// Up to 20.
    pub destination: &'a str,
    /// 0 to 99.
    pub ship_type: u8,
    /// The hull about the antenna.
    pub hull: Dimensions,
}

/// Type 1.
pub fn position_a(mmsi: u32, nav_status: u8, fix: Fix) -> Bits {
    let message = ClassA {
        nav_status,
        rot: Reading::NotAvailable,
        sog: tenths(fix.sog_kn, 1022),
        fix: antenna(fix.place, true),
        cog: tenths(fix.cog_deg, 3599),
        heading: heading(fix),
        second: fix.second,
        manoeuvre: 0,
        radio: None,
    };
    encode::class_a(1, mmsi, &message)
}

/// Type 18, a carrier-sense unit.
pub fn position_b(mmsi: u32, fix: Fix) -> Bits {
    let unit = Unit { carrier_sense: true, display: false, dsc: true, band: true, msg22: true, radio: None };
    let message = ClassB {
        sog: tenths(fix.sog_kn, 1022),
        fix: antenna(fix.place, false),
        cog: tenths(fix.cog_deg, 3599),
        heading: heading(fix),
        second: fix.second,
        assigned: false,
        unit: Some(unit),
        identity: None,
    };
    encode::class_b(mmsi, &message)
}

/// Type 5.
pub fn static_a(mmsi: u32, ship: Particulars<'_>) -> Bits {
    let message = Voyage {
        version: 2,
        imo: ship.imo.map_or(Reading::NotAvailable, Reading::Known),
        call_sign: Text::new(ship.call_sign.as_bytes()),
        name: Text::new(ship.name.as_bytes()),
        ship_type: ship.ship_type,
        dimensions: ship.hull,
        epfd: GPS,
        // Estimated time of arrival and draught: not available.
        eta_month: 0,
        eta_day: 0,
        eta_hour: 24,
        eta_minute: 60,
        draught: 0,
        destination: Text::new(ship.destination.as_bytes()),
        dte: Some(false),
    };
    encode::voyage(mmsi, &message)
}

/// Type 24 part A.
pub fn name_b(mmsi: u32, ship: Particulars<'_>) -> Bits {
    encode::static_a(mmsi, ship.name)
}

/// Type 24 part B.
pub fn static_b(mmsi: u32, ship: Particulars<'_>) -> Bits {
    let message = StaticB {
        ship_type: ship.ship_type,
        vendor: Text::new(b"VIG"),
        model: 1,
        serial: 1,
        call_sign: Text::new(ship.call_sign.as_bytes()),
        dimensions: Some(ship.hull),
        mother_ship: None,
        epfd: Some(GPS),
    };
    encode::static_b(mmsi, &message)
}

/// Type 4; the date is given as year, month, day, hour, minute, second in UTC.
pub fn base_station(mmsi: u32, [year, month, day, hour, minute, second]: [u16; 6], place: Place) -> Bits {
    let message = Base {
        year,
        month: month as u8,
        day: day as u8,
        hour: hour as u8,
        minute: minute as u8,
        second: second as u8,
        fix: antenna(place, true),
        epfd: SURVEYED,
        radio: None,
    };
    encode::base(4, mmsi, &message)
}

/// Type 21.
pub fn aid(mmsi: u32, kind: u8, name: &str, place: Place, second: u8, is_virtual: bool) -> Bits {
    let message = Aid {
        aid_type: kind,
        name: Text::new(name.as_bytes()),
        fix: antenna(place, true),
        dimensions: Dimensions::default(),
        epfd: SURVEYED,
        second,
        off_position: false,
        status: 0,
        virtual_aid: is_virtual,
        assigned: false,
    };
    encode::aid(mmsi, &message)
}

/// The sentences of a message as a station hears it, each behind a TAG block with the station's name and clock
/// (Unix milliseconds); one line a sentence, no end of line after the last.
pub fn sentences(message: &Bits, station: &str, clock_ms: i64, sequence: u8, channel: u8) -> String {
    let tag = encode::tag_block(station, clock_ms);
    let sentences = encode::sentences(message, channel, sequence, false);
    let lines: Vec<String> = sentences.iter().map(|sentence| format!("{tag}{sentence}")).collect();
    lines.join("\n")
}

fn antenna(place: Place, accurate: bool) -> Antenna {
    let units = |deg: f64| Reading::Known(libm::round(deg * 600_000.0) as i32);
    Antenna { lon: units(place.lon), lat: units(place.lat), accurate, raim: false }
}

fn tenths(value: f64, most: u16) -> Reading<u16> {
    Reading::Known((libm::round(value.max(0.0) * 10.0) as u16).min(most))
}

fn heading(fix: Fix) -> Reading<u16> {
    fix.heading_deg.map_or(Reading::NotAvailable, |deg| Reading::Known(libm::round(deg) as u16 % 360))
}
