//! JSON of AIS-catcher: its `nmea` lines where it sends them, else its fields; `raw` lines of other programs.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::loose::{Items, Loose};
use super::objects::{objects, read_or_mended};
use super::values::{position, reading, text, to_tenths};
use crate::model::{
    Body, Dimensions, Eta, FeedId, FixedReport, Imo, Kinematics, NavStatus, Position, PositionReport, Report,
    SafetyText, ShipType, StaticReport, Text, Time, TransponderClass,
};
use crate::wire::ais;
use crate::wire::context::Context;
use crate::wire::nmea::{Envelope, Nmea};
use crate::wire::reason::Reason;
use crate::wire::times::{date_time, number, plausible};

/// Sentences of an object: the texts of its list, and how many of its items are no text.
#[derive(Default)]
struct Sentences<'a> {
    texts: Vec<Cow<'a, str>>,
    others: u32,
}

impl<'de: 'a, 'a> Deserialize<'de> for Sentences<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut sentences = Sentences::default();
        for item in Items::deserialize(from)?.0 {
            match item {
                Loose::Text(text) => sentences.texts.push(text),
                _ => sentences.others += 1,
            }
        }
        Ok(sentences)
    }
}

/// One object (JSON_FULL, JSON_SPARSE, JSON_NMEA). Fields that Vigie does not use are skipped.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Object<'a> {
    #[serde(borrow)]
    nmea: Sentences<'a>,
    /// Sentence as SDRangel and similar programs wrap it, with the name of their `node`.
    #[serde(borrow)]
    raw: Loose<'a>,
    #[serde(borrow)]
    node: Loose<'a>,
    /// Name of the station, a number or a text.
    #[serde(borrow)]
    station_id: Loose<'a>,
    /// UTC, `YYYYMMDDhhmmss`.
    #[serde(borrow)]
    rxtime: Loose<'a>,
    /// Seconds since 1970, with a fraction.
    #[serde(borrow)]
    rxuxtime: Loose<'a>,
    /// Time of reception as other programs name it: a date and time of day, or seconds or milliseconds since 1970.
    #[serde(borrow)]
    toa: Loose<'a>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    time: Loose<'a>,
    /// Number of a message of NMEA 2000, as canboat writes it.
    #[serde(borrow)]
    pgn: Loose<'a>,
    #[serde(rename = "type", borrow)]
    kind: Loose<'a>,
    #[serde(borrow)]
    mmsi: Loose<'a>,
    #[serde(borrow)]
    lon: Loose<'a>,
    #[serde(borrow)]
    lat: Loose<'a>,
    #[serde(borrow)]
    speed: Loose<'a>,
    #[serde(borrow)]
    course: Loose<'a>,
    #[serde(borrow)]
    heading: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    accuracy: Loose<'a>,
    #[serde(borrow)]
    alt: Loose<'a>,
    #[serde(borrow)]
    second: Loose<'a>,
    #[serde(borrow)]
    shipname: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    callsign: Loose<'a>,
    #[serde(borrow)]
    imo: Loose<'a>,
    #[serde(borrow)]
    shiptype: Loose<'a>,
    #[serde(borrow)]
    to_bow: Loose<'a>,
    #[serde(borrow)]
    to_stern: Loose<'a>,
    #[serde(borrow)]
    to_port: Loose<'a>,
    #[serde(borrow)]
    to_starboard: Loose<'a>,
    #[serde(borrow)]
    destination: Loose<'a>,
    #[serde(borrow)]
    draught: Loose<'a>,
    /// `MM-DDThh:mmZ` of type 5, with the numbers that stand for "not available".
    #[serde(borrow)]
    eta: Loose<'a>,
    #[serde(borrow)]
    text: Loose<'a>,
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
        objects(payload, |object| {
            let read = |bytes: &[u8], context: &mut Context<'_>| {
                let object: Object<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
                self.object(&object, context);
                Ok(())
            };
            if let Err(reason) = object.and_then(|bytes| read_or_mended(bytes, context, read)) {
                context.count(Reason::Lines);
                context.count(reason);
            }
        });
    }

    fn object(&mut self, object: &Object<'_>, context: &mut Context<'_>) {
        context.counts.add(Reason::IllegalValue, object.nmea.others);
        let number;
        let station = match (&object.station_id, &object.node) {
            (Loose::Text(name), _) | (Loose::Absent, Loose::Text(name)) => Some(name.as_bytes()),
            (value, _) => {
                number = value.number().map_or(0, |n| n as i64).to_string();
                Some(number.as_bytes()).filter(|digits| *digits != b"0")
            }
        };
        let envelope = Envelope { time: received(object, context), station };
        for line in object.nmea.texts.iter().map(|line| &**line).chain(object.raw.text()) {
            self.lines.line(line.as_bytes(), envelope, context);
        }
        if object.nmea.texts.is_empty() && object.raw.text().is_none() {
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
        let (Some(kind), Some(mmsi)) = (object.kind.whole_figure(), object.mmsi.whole_figure()) else {
            let is_nmea_2000 = object.pgn != Loose::Absent;
            return Err(if is_nmea_2000 { Reason::Nmea2000 } else { Reason::JsonFields });
        };
        if !(1..=27).contains(&kind) {
            return Err(Reason::UnknownType);
        }
        let mmsi = context.sender(mmsi)?;
        let name = envelope.station.unwrap_or(&[]);
        let time = source.settle(envelope.time, None, name, context).ok_or(Reason::NoTime)?;
        let mut illegal = 0;
        let body = body(kind, object, &mut illegal);
        context.counts.add(Reason::IllegalValue, illegal);
        let (feed, station) = source.station(name, context);
        let transmission = transmission(kind, object);
        source.give_report(Report { feed, station, time, transmission, mmsi, body }, context);
        Ok(())
    }
}

/// Returns when the message was received.
fn received(object: &Object<'_>, context: &mut Context<'_>) -> Option<Time> {
    let mut bad = 0;
    let unix = object.rxuxtime.read(&mut bad, |value| plausible(Time((value.figure()? * 1000.0) as i64)));
    // A base station tells its own time as `timestamp`.
    let is_base = matches!(object.kind.whole_figure(), Some(4_u8 | 11));
    let others = [&object.toa, &object.timestamp, &object.time];
    let others = others.into_iter().filter(|value| !is_base && **value != Loose::Absent);
    let time = match unix {
        None if object.rxtime == Loose::Absent => {
            others.into_iter().find_map(|value| value.read(&mut bad, Loose::moment))
        }
        None => object.rxtime.read(&mut bad, |value| {
            let digits = value.text()?.as_bytes();
            if digits.len() != 14 {
                return None;
            }
            let part = |from: usize, to: usize| number(&digits[from..to]);
            date_time(part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?, 0)
        }),
        unix => unix,
    };
    context.counts.add(Reason::BadTime, bad);
    time
}

fn body(kind: u8, object: &Object<'_>, illegal: &mut u32) -> Body {
    match kind {
        1..=3 => Body::Position(moving(object, TransponderClass::A, illegal)),
        9 => Body::Position(moving(object, TransponderClass::Aircraft, illegal)),
        18 => Body::Position(moving(object, TransponderClass::B, illegal)),
        27 => Body::Position(moving(object, TransponderClass::LongRange, illegal)),
        19 => Body::PositionAndStatic(
            moving(object, TransponderClass::B, illegal),
            identity(object, TransponderClass::B, illegal),
        ),
        5 => Body::Static(identity(object, TransponderClass::A, illegal)),
        24 => Body::Static(identity(object, TransponderClass::B, illegal)),
        4 | 11 => Body::BaseStation(fixed(object, None, illegal)),
        21 => {
            let name = text(object.name.text_or_illegal(illegal));
            Body::AidToNavigation(fixed(object, name, illegal))
        }
        12 | 14 => {
            let said = object.text.text_or_illegal(illegal).unwrap_or("");
            Body::Safety(SafetyText(said.chars().take(161).collect()))
        }
        _ => Body::Heard,
    }
}

fn fixed(object: &Object<'_>, name: Option<Text<34>>, illegal: &mut u32) -> FixedReport {
    FixedReport { position: place(object, illegal), accurate: accurate(object, illegal), name }
}

fn place(object: &Object<'_>, illegal: &mut u32) -> Option<Position> {
    let (lon, lat) = (object.lon.number_or_illegal(illegal), object.lat.number_or_illegal(illegal));
    position(lon, lat, illegal)
}

/// Reads the flag of accuracy, which AIS-catcher writes as `true` or `false`, for type 27 as 1 or 0.
fn accurate(object: &Object<'_>, illegal: &mut u32) -> bool {
    object.accuracy.read(illegal, Loose::flag).unwrap_or(false)
}

fn moving(object: &Object<'_>, class: TransponderClass, illegal: &mut u32) -> PositionReport {
    let coarse = class == TransponderClass::LongRange;
    let (no_speed, no_course) = if coarse { (63.0, 511.0) } else { (102.3, 360.0) };
    let aircraft = class == TransponderClass::Aircraft;
    let [speed, course, heading] =
        [&object.speed, &object.course, &object.heading].map(|value| value.number_or_illegal(illegal));
    let speed = if aircraft {
        reading(speed, 1023.0, 1023.0, illegal)
    } else {
        reading(speed, 102.25, no_speed, illegal)
    };
    let status: Option<u8> = object.status.whole_or_illegal(illegal);
    let altitude: Option<u16> = object.alt.whole_or_illegal(illegal);
    PositionReport {
        kinematics: Kinematics {
            position: place(object, illegal),
            sog_kn: speed.map(to_tenths),
            cog_deg: reading(course, 359.99, no_course, illegal).map(to_tenths),
            heading_deg: reading(heading, 360.0, 511.0, illegal),
        },
        class,
        nav_status: status.filter(|status| *status < 15).map(NavStatus),
        accurate: accurate(object, illegal),
        altitude_m: altitude.filter(|alt| aircraft && *alt < 4095),
    }
}

fn identity(object: &Object<'_>, class: TransponderClass, illegal: &mut u32) -> StaticReport {
    let [bow, stern, port, starboard] =
        [&object.to_bow, &object.to_stern, &object.to_port, &object.to_starboard]
            .map(|value| value.whole_or_illegal::<u16>(illegal).unwrap_or(0));
    let dimensions = Dimensions {
        bow_m: bow.min(511),
        stern_m: stern.min(511),
        port_m: port.min(63) as u8,
        starboard_m: starboard.min(63) as u8,
    };
    let ship_type: Option<u8> = object.shiptype.whole_or_illegal(illegal);
    let draught = object.draught.number_or_illegal(illegal);
    StaticReport {
        class,
        name: text(object.shipname.text_or_illegal(illegal)),
        call_sign: text(object.callsign.text_or_illegal(illegal)),
        imo: object.imo.whole_or_illegal(illegal).and_then(Imo::new),
        ship_type: ship_type.filter(|kind| (1..=99).contains(kind)).map(ShipType),
        dimensions: (dimensions != Dimensions::default()).then_some(dimensions),
        destination: text(object.destination.text_or_illegal(illegal)),
        draught_m: draught.filter(|m| *m > 0.0 && *m <= 25.5).map(|m| to_tenths(m) as f32),
        eta: object.eta.text_or_illegal(illegal).and_then(eta),
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
    let number = |value: &Loose<'_>, scale: f64| (value.figure().unwrap_or(1e9) * scale) as i64;
    let words = [
        i64::from(kind),
        i64::from(object.mmsi.whole_figure().unwrap_or(0_u32)),
        number(&object.lon, 1e4),
        number(&object.lat, 1e4),
        number(&object.speed, 10.0),
        number(&object.course, 10.0),
        i64::from(object.second.whole_figure().unwrap_or(60_u8)),
    ];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    for text in [&object.shipname, &object.name, &object.callsign, &object.destination, &object.text] {
        bytes.extend_from_slice(text.text().unwrap_or("").as_bytes());
        bytes.push(0);
    }
    ais::transmission(&bytes)
}
