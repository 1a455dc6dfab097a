//! Digitraffic marine (Finland): `vessels-v2/<mmsi>/location` and `…/metadata`.

use std::borrow::Cow;

use serde::Deserialize;

use super::super::clock::{Told, plausible};
use super::super::frame::number;
use super::super::session::Desk;
use super::super::{Reason, Session, ais};
use super::objects::objects;
use super::{position, reading, text, to_tenths};
use crate::model::{
    Body, Dimensions, Eta, Imo, Kinematics, Mmsi, NavStatus, PositionReport, Report, ShipType, StaticReport,
    Time, TransponderClass,
};

/// Both kinds of message; which one it is the topic says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    mmsi: Option<u32>,
    /// Location: seconds since 1970.
    time: Option<f64>,
    /// Metadata: milliseconds since 1970.
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
    /// 1/10 m.
    draught: Option<f64>,
    /// The 20 bits of type 5.
    eta: Option<u32>,
}

/// Reads a payload; the topic names vessel and kind.
pub(in super::super) fn digitraffic(session: &mut Session, topic: &str, payload: &[u8], desk: &mut Desk<'_>) {
    objects(payload, |bytes| {
        session.count(Reason::Lines, desk);
        let parsed = bytes.and_then(|bytes| {
            serde_json::from_slice::<Object<'_>>(bytes)
                .map(|object| (object, bytes))
                .map_err(|_| Reason::BadJson)
        });
        let made = parsed.and_then(|(object, bytes)| read(session, topic, &object, bytes, desk));
        if let Err(reason) = made {
            session.count(reason, desk);
        }
    });
}

fn read(
    session: &mut Session,
    topic: &str,
    object: &Object<'_>,
    bytes: &[u8],
    desk: &mut Desk<'_>,
) -> Result<(), Reason> {
    let mut levels = topic.rsplit('/');
    let kind = levels.next().unwrap_or("");
    let named = levels.next().and_then(|mmsi| number(mmsi.as_bytes()));
    let mmsi = named.or(object.mmsi).ok_or(Reason::BadTopic)?;
    let mmsi = Mmsi::new(mmsi).ok_or(Reason::IllegalMmsi)?;
    let mut illegal = 0;
    let (body, millis) = match kind {
        "location" => (location(object, &mut illegal)?, object.time.map(|secs| secs * 1000.0)),
        "metadata" => (metadata(object), object.timestamp),
        _ => return Err(Reason::BadTopic),
    };
    let own = millis.and_then(|millis| plausible(Time(millis as i64)));
    if own.is_none() && millis.is_some() {
        session.count(Reason::BadTime, desk);
    }
    let time = session.settle(Told { own, ..Told::default() }, desk).ok_or(Reason::NoTime)?;
    for _ in 0..illegal {
        session.count(Reason::IllegalValue, desk);
    }
    let (feed, station) = session.station(&[], desk);
    let transmission = ais::transmission(bytes) ^ mmsi.0;
    session.give(Report { feed, station, time, transmission, mmsi, body }, desk);
    Ok(())
}

/// The class is not told; class A reports most.
fn location(object: &Object<'_>, illegal: &mut u64) -> Result<Body, Reason> {
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
