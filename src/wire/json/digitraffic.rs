//! Digitraffic marine (Finland): `vessels-v2/<mmsi>/location` and `…/metadata`.

use std::borrow::Cow;

use serde::Deserialize;

use super::objects::objects;
use super::values::{position, reading, text, to_tenths};
use crate::model::{
    Body, Dimensions, Eta, FeedId, Imo, Kinematics, Mmsi, NavStatus, PositionReport, Report, ShipType,
    StaticReport, Time, TransponderClass,
};
use crate::wire::ais;
use crate::wire::context::Context;
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::times::{number, plausible};

/// Fields of both kinds of message; the topic says which kind a payload is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    mmsi: Option<u32>,
    /// Time of a location, seconds since 1970.
    time: Option<f64>,
    /// Time of metadata, milliseconds since 1970.
    timestamp: Option<f64>,
    sog: Option<f64>,
    cog: Option<f64>,
    nav_stat: Option<u8>,
    pos_acc: Option<bool>,
    heading: Option<f64>,
    lon: Option<f64>,
    lat: Option<f64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    call_sign: Option<Cow<'a, str>>,
    imo: Option<u32>,
    #[serde(rename = "type")]
    ship_type: Option<u8>,
    ref_a: Option<u16>,
    ref_b: Option<u16>,
    ref_c: Option<u8>,
    ref_d: Option<u8>,
    #[serde(borrow)]
    destination: Option<Cow<'a, str>>,
    /// Draught, 1/10 m.
    draught: Option<f64>,
    /// ETA as the 20 bits of a type 5 message.
    eta: Option<u32>,
}

/// Decoder of the two kinds of message.
#[derive(Debug)]
pub(in crate::wire) struct Digitraffic {
    /// Feed, clock and last station.
    pub source: Source,
}

impl Digitraffic {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Digitraffic {
        Digitraffic { source: Source::new(feed) }
    }

    /// Decodes a payload; the last levels of the topic name the vessel and the kind of message.
    pub fn decode(&mut self, topic: &str, payload: &[u8], context: &mut Context<'_>) {
        objects(payload, |bytes| {
            context.count(Reason::Lines);
            if let Err(reason) = bytes.and_then(|bytes| self.object(topic, bytes, context)) {
                context.count(reason);
            }
        });
    }

    fn object(&mut self, topic: &str, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Reason> {
        let object: Object<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
        let mut levels = topic.rsplit('/');
        let kind = levels.next().unwrap_or("");
        let named = levels.next().and_then(|mmsi| number(mmsi.as_bytes()));
        let mmsi = named.or(object.mmsi).ok_or(Reason::BadTopic)?;
        let mmsi = Mmsi::new(mmsi).ok_or(Reason::IllegalMmsi)?;
        let mut illegal = 0;
        let (body, millis) = match kind {
            "location" => (location(&object, &mut illegal)?, object.time.map(|secs| secs * 1000.0)),
            "metadata" => (metadata(&object), object.timestamp),
            _ => return Err(Reason::BadTopic),
        };
        let own = millis.and_then(|millis| plausible(Time(millis as i64)));
        if own.is_none() && millis.is_some() {
            context.count(Reason::BadTime);
        }
        let time = self.source.settle(own, None, context).ok_or(Reason::NoTime)?;
        context.counts.add(Reason::IllegalValue, illegal);
        let (feed, station) = self.source.station(&[], context);
        let transmission = ais::transmission(bytes) ^ mmsi.0;
        self.source.give_report(Report { feed, station, time, transmission, mmsi, body }, context);
        Ok(())
    }
}

/// Makes the body of a location. The class is not told; class A reports most.
fn location(object: &Object<'_>, illegal: &mut u32) -> Result<Body, Reason> {
    if object.lon.is_none() || object.lat.is_none() {
        return Err(Reason::JsonFields);
    }
    Ok(Body::Position(PositionReport {
        kinematics: Kinematics {
            position: position(object.lon, object.lat, illegal),
            sog_kn: reading(object.sog, 102.25, 102.3, illegal).map(to_tenths),
            cog_deg: reading(object.cog, 359.99, 360.0, illegal).map(to_tenths),
            heading_deg: reading(object.heading, 360.0, 511.0, illegal),
        },
        class: TransponderClass::A,
        nav_status: object.nav_stat.filter(|status| *status < 15).map(NavStatus),
        accurate: object.pos_acc.unwrap_or(false),
        altitude_m: None,
    }))
}

/// Makes the body of metadata.
fn metadata(object: &Object<'_>) -> Body {
    let dimensions = Dimensions {
        bow_m: object.ref_a.unwrap_or(0).min(511),
        stern_m: object.ref_b.unwrap_or(0).min(511),
        port_m: object.ref_c.unwrap_or(0).min(63),
        starboard_m: object.ref_d.unwrap_or(0).min(63),
    };
    Body::Static(StaticReport {
        class: TransponderClass::A,
        name: text(object.name.as_deref()),
        call_sign: text(object.call_sign.as_deref()),
        imo: object.imo.and_then(Imo::new),
        ship_type: object.ship_type.filter(|kind| (1..=99).contains(kind)).map(ShipType),
        dimensions: (dimensions != Dimensions::default()).then_some(dimensions),
        destination: text(object.destination.as_deref()),
        draught_m: object
            .draught
            .filter(|tenths| *tenths > 0.0 && *tenths <= 255.0)
            .map(|tenths| tenths as f32 / 10.0),
        eta: object.eta.and_then(Eta::from_bits),
    })
}
