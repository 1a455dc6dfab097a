//! AIS-catcher's JSON: its `nmea` lines where it sends them, else its fields; `raw` lines of other programs.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::super::clock::{Told, date_time, plausible};
use super::super::frame::number;
use super::super::session::{Desk, Envelope};
use super::super::{Reason, Session, ais};
use super::loose::Loose;
use super::objects::objects;
use super::{position, reading, text, to_tenths};
use crate::model::{
    Body, Dimensions, Eta, FixedReport, Imo, Kinematics, Mmsi, NavStatus, PositionReport, Report, SafetyText,
    ShipType, StaticReport, Text, Time, TransponderClass,
};

/// A station's name, which AIS-catcher writes as a number or as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Station<'a> {
    Number(i64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

/// One object (JSON_FULL, JSON_SPARSE, JSON_NMEA). Fields of no use are passed over.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    nmea: Vec<Cow<'a, str>>,
    /// A sentence as SDRangel and its like wrap it, with the name of their `node`.
    #[serde(borrow)]
    raw: Option<Cow<'a, str>>,
    #[serde(borrow)]
    node: Option<Cow<'a, str>>,
    #[serde(borrow)]
    station_id: Option<Station<'a>>,
    /// UTC, `YYYYMMDDhhmmss`.
    #[serde(borrow)]
    rxtime: Option<Cow<'a, str>>,
    /// Seconds since 1970, with a fraction.
    rxuxtime: Option<f64>,
    #[serde(rename = "type")]
    kind: Option<u8>,
    mmsi: Option<u32>,
    lon: Option<f64>,
    lat: Option<f64>,
    speed: Option<f64>,
    course: Option<f64>,
    heading: Option<f64>,
    status: Option<u8>,
    #[serde(default, deserialize_with = "flag")]
    accuracy: Option<bool>,
    alt: Option<u16>,
    second: Option<u8>,
    #[serde(borrow)]
    shipname: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    callsign: Option<Cow<'a, str>>,
    imo: Option<u32>,
    shiptype: Option<u8>,
    to_bow: Option<u16>,
    to_stern: Option<u16>,
    to_port: Option<u8>,
    to_starboard: Option<u8>,
    #[serde(borrow)]
    destination: Option<Cow<'a, str>>,
    draught: Option<f64>,
    /// `MM-DDThh:mmZ` of type 5, with the numbers that stand for "not available".
    #[serde(borrow)]
    eta: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

/// Reads a flag, which AIS-catcher writes as `true` or `false`, for type 27 as 1 or 0.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(match Loose::deserialize(from)? {
        Loose::Truth(flag) => Some(flag),
        Loose::Whole(number @ (0 | 1)) => Some(number == 1),
        _ => None,
    })
}

/// Reads a payload of one object, an array or several in a row.
pub(in super::super) fn aiscatcher(session: &mut Session, payload: &[u8], desk: &mut Desk<'_>) {
    objects(payload, |bytes| match bytes.map(serde_json::from_slice::<Object<'_>>) {
        Ok(Ok(object)) => read(session, &object, desk),
        Ok(Err(_)) => {
            session.count(Reason::Lines, desk);
            session.count(Reason::BadJson, desk);
        }
        Err(reason) => {
            session.count(Reason::Lines, desk);
            session.count(reason, desk);
        }
    });
}

fn read(session: &mut Session, object: &Object<'_>, desk: &mut Desk<'_>) {
    let number;
    let station = match (&object.station_id, &object.node) {
        (Some(Station::Text(name)), _) | (None, Some(name)) => Some(name.as_bytes()),
        (Some(Station::Number(n)), _) => {
            number = n.to_string();
            Some(number.as_bytes()).filter(|_| *n != 0)
        }
        (None, None) => None,
    };
    let envelope = Envelope { time: received(object), station };
    for line in object.nmea.iter().chain(&object.raw) {
        session.line(line.as_bytes(), envelope, desk);
    }
    if object.nmea.is_empty() && object.raw.is_none() {
        session.count(Reason::Lines, desk);
        if let Err(reason) = fields(session, object, envelope, desk) {
            session.count(reason, desk);
        }
    }
}

/// When AIS-catcher received it.
fn received(object: &Object<'_>) -> Option<Time> {
    if let Some(secs) = object.rxuxtime {
        return plausible(Time((secs * 1000.0) as i64));
    }
    let digits = object.rxtime.as_ref()?.as_bytes();
    if digits.len() != 14 {
        return None;
    }
    let part = |from: usize, to: usize| number(&digits[from..to]);
    date_time(part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?, 0)
}

/// A report from the fields alone.
fn fields(
    session: &mut Session,
    object: &Object<'_>,
    envelope: Envelope<'_>,
    desk: &mut Desk<'_>,
) -> Result<(), Reason> {
    let (Some(kind), Some(mmsi)) = (object.kind, object.mmsi) else { return Err(Reason::JsonFields) };
    let mmsi = Mmsi::new(mmsi).ok_or(Reason::IllegalMmsi)?;
    if !(1..=27).contains(&kind) {
        return Err(Reason::UnknownType);
    }
    let told = Told { own: envelope.time, ..Told::default() };
    let time = session.settle(told, desk).ok_or(Reason::NoTime)?;
    let mut illegal = 0;
    let body = body(kind, object, &mut illegal);
    for _ in 0..illegal {
        session.count(Reason::IllegalValue, desk);
    }
    let (feed, station) = session.station(envelope.station.unwrap_or(&[]), desk);
    let transmission = transmission(kind, object);
    session.give(Report { feed, station, time, transmission, mmsi, body }, desk);
    Ok(())
}

fn body(kind: u8, object: &Object<'_>, illegal: &mut u64) -> Body {
    match kind {
        1..=3 => Body::Position(moving(object, TransponderClass::A, illegal)),
        9 => Body::Position(moving(object, TransponderClass::Aircraft, illegal)),
        18 => Body::Position(moving(object, TransponderClass::B, illegal)),
        27 => Body::Position(moving(object, TransponderClass::LongRange, illegal)),
        19 => Body::PositionAndStatic(
            moving(object, TransponderClass::B, illegal),
            identity(object, TransponderClass::B),
        ),
        5 => Body::Static(identity(object, TransponderClass::A)),
        24 => Body::Static(identity(object, TransponderClass::B)),
        4 | 11 => Body::BaseStation(fixed(object, None, illegal)),
        21 => Body::AidToNavigation(fixed(object, text(object.name.as_deref()), illegal)),
        12 | 14 => Body::Safety(SafetyText(object.text.as_deref().unwrap_or("").chars().take(161).collect())),
        _ => Body::Heard,
    }
}

fn fixed(object: &Object<'_>, name: Option<Text<34>>, illegal: &mut u64) -> FixedReport {
    let position = position(object.lon, object.lat, illegal);
    FixedReport { position, accurate: object.accuracy.unwrap_or(false), name }
}

fn moving(object: &Object<'_>, class: TransponderClass, illegal: &mut u64) -> PositionReport {
    let coarse = class == TransponderClass::LongRange;
    let (no_speed, no_course) = if coarse { (63.0, 511.0) } else { (102.3, 360.0) };
    let aircraft = class == TransponderClass::Aircraft;
    let speed = if aircraft {
        reading(object.speed, 1023.0, 1023.0, illegal)
    } else {
        reading(object.speed, 102.25, no_speed, illegal)
    };
    PositionReport {
        kinematics: Kinematics {
            position: position(object.lon, object.lat, illegal),
            sog_kn: speed.map(to_tenths),
            cog_deg: reading(object.course, 359.99, no_course, illegal).map(to_tenths),
            heading_deg: reading(object.heading, 360.0, 511.0, illegal),
        },
        class,
        nav_status: object.status.filter(|status| *status < 15).map(NavStatus),
        accurate: object.accuracy.unwrap_or(false),
        altitude_m: object.alt.filter(|alt| aircraft && *alt < 4095),
    }
}

fn identity(object: &Object<'_>, class: TransponderClass) -> StaticReport {
    let dimensions = Dimensions {
        bow_m: object.to_bow.unwrap_or(0).min(511),
        stern_m: object.to_stern.unwrap_or(0).min(511),
        port_m: object.to_port.unwrap_or(0).min(63),
        starboard_m: object.to_starboard.unwrap_or(0).min(63),
    };
    StaticReport {
        class,
        name: text(object.shipname.as_deref()),
        call_sign: text(object.callsign.as_deref()),
        imo: object.imo.and_then(Imo::new),
        ship_type: object.shiptype.filter(|kind| (1..=99).contains(kind)).map(ShipType),
        dimensions: (dimensions != Dimensions::default()).then_some(dimensions),
        destination: text(object.destination.as_deref()),
        draught_m: object.draught.filter(|m| *m > 0.0 && *m <= 25.5).map(|m| to_tenths(m) as f32),
        eta: object.eta.as_deref().and_then(eta),
    }
}

/// The ETA of `MM-DDThh:mmZ`.
fn eta(text: &str) -> Option<Eta> {
    let [m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b'Z'] = text.as_bytes() else { return None };
    let two = |tens: &u8, units: &u8| number(&[*tens, *units]).map(|number| number as u8);
    Eta::new(two(m1, m2)?, two(d1, d2)?, two(h1, h2)?, two(n1, n2)?)
}

/// There is no armour to hash: what the vessel said stands for it.
fn transmission(kind: u8, object: &Object<'_>) -> u32 {
    let number = |value: Option<f64>, scale: f64| (value.unwrap_or(1e9) * scale) as i64;
    let words = [
        i64::from(kind),
        i64::from(object.mmsi.unwrap_or(0)),
        number(object.lon, 1e4),
        number(object.lat, 1e4),
        number(object.speed, 10.0),
        number(object.course, 10.0),
        i64::from(object.second.unwrap_or(60)),
    ];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    for text in [&object.shipname, &object.name, &object.callsign, &object.destination, &object.text] {
        bytes.extend_from_slice(text.as_deref().unwrap_or("").as_bytes());
        bytes.push(0);
    }
    ais::transmission(&bytes)
}
