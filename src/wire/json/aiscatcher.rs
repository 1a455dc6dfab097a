//! JSON of AIS-catcher: its `nmea` lines where it sends them, else its fields; `raw` lines of other programs.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::loose::Loose;
use super::objects::objects;
use super::values::{position, reading, text, to_tenths};
use crate::model::{
    Body, Dimensions, Eta, FeedId, FixedReport, Imo, Kinematics, Mmsi, NavStatus, PositionReport, Report,
    SafetyText, ShipType, StaticReport, Text, Time, TransponderClass,
};
use crate::wire::ais;
use crate::wire::context::Context;
use crate::wire::nmea::{Envelope, Nmea};
use crate::wire::reason::Reason;
use crate::wire::times::{date_time, number, plausible};

/// Name of a station, which AIS-catcher writes as a number or as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Station<'a> {
    Number(i64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

/// One object (JSON_FULL, JSON_SPARSE, JSON_NMEA). Fields that Vigie does not use are skipped.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    nmea: Vec<Cow<'a, str>>,
    /// A sentence as SDRangel and similar programs wrap it, with the name of their `node`.
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

/// Decoder of AIS-catcher's output, JSON or plain lines.
#[derive(Debug)]
pub(in crate::wire) struct AisCatcher {
    /// Decoder of the lines; its source is that of the objects too.
    pub lines: Nmea,
}

impl AisCatcher {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> AisCatcher {
        AisCatcher { lines: Nmea::new(feed) }
    }

    /// Decodes a payload of one object, an array, several objects in a row, or lines of NMEA.
    pub fn decode(&mut self, topic: &str, payload: &[u8], context: &mut Context<'_>) {
        if matches!(payload.trim_ascii_start().first(), Some(b'!' | b'$' | b'\\')) {
            return self.lines.decode(topic, payload, context);
        }
        objects(payload, |bytes| match bytes.map(serde_json::from_slice::<Object<'_>>) {
            Ok(Ok(object)) => self.object(&object, context),
            Ok(Err(_)) => {
                context.count(Reason::Lines);
                context.count(Reason::BadJson);
            }
            Err(reason) => {
                context.count(Reason::Lines);
                context.count(reason);
            }
        });
    }

    fn object(&mut self, object: &Object<'_>, context: &mut Context<'_>) {
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
            self.lines.line(line.as_bytes(), envelope, context);
        }
        if object.nmea.is_empty() && object.raw.is_none() {
            context.count(Reason::Lines);
            if let Err(reason) = self.fields(object, envelope, context) {
                context.count(reason);
            }
        }
    }

    /// Makes a report of the fields alone.
    fn fields(
        &mut self,
        object: &Object<'_>,
        envelope: Envelope<'_>,
        context: &mut Context<'_>,
    ) -> Result<(), Reason> {
        let source = &mut self.lines.source;
        let (Some(kind), Some(mmsi)) = (object.kind, object.mmsi) else { return Err(Reason::JsonFields) };
        let mmsi = Mmsi::new(mmsi).ok_or(Reason::IllegalMmsi)?;
        if !(1..=27).contains(&kind) {
            return Err(Reason::UnknownType);
        }
        let time = source.settle(envelope.time, None, context).ok_or(Reason::NoTime)?;
        let mut illegal = 0;
        let body = body(kind, object, &mut illegal);
        context.counts.add(Reason::IllegalValue, illegal);
        let (feed, station) = source.station(envelope.station.unwrap_or(&[]), context);
        let transmission = transmission(kind, object);
        source.give_report(Report { feed, station, time, transmission, mmsi, body }, context);
        Ok(())
    }
}

/// Returns when AIS-catcher received the message.
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

fn body(kind: u8, object: &Object<'_>, illegal: &mut u32) -> Body {
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

fn fixed(object: &Object<'_>, name: Option<Text<34>>, illegal: &mut u32) -> FixedReport {
    let position = position(object.lon, object.lat, illegal);
    FixedReport { position, accurate: object.accuracy.unwrap_or(false), name }
}

fn moving(object: &Object<'_>, class: TransponderClass, illegal: &mut u32) -> PositionReport {
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

/// Returns the ETA of `MM-DDThh:mmZ`.
fn eta(text: &str) -> Option<Eta> {
    let [m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b'Z'] = text.as_bytes() else { return None };
    let two = |tens: &u8, units: &u8| number(&[*tens, *units]).map(|number| number as u8);
    Eta::new(two(m1, m2)?, two(d1, d2)?, two(h1, h2)?, two(n1, n2)?)
}

/// Returns a hash of the message's content, which stands for that of the armour: the fields come without it.
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
