//! Digitraffic marine (Finland): `vessels-v2/<mmsi>/location` and `…/metadata`.

use serde::Deserialize;

use super::loose::Loose;
use super::objects::{objects, read_or_mended};
use super::values::{position, reading, text, to_tenths};
use crate::model::{
    Body, Dimensions, Eta, FeedId, Imo, Kinematics, NavStatus, PositionReport, Report, ShipType,
    StaticReport, Time, TransponderClass,
};
use crate::wire::ais;
use crate::wire::context::Context;
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::times::{number, plausible};

/// Fields of both kinds of message; the topic says which kind a payload is.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Object<'a> {
    #[serde(borrow)]
    mmsi: Loose<'a>,
    /// Time of a location, seconds since 1970.
    #[serde(borrow)]
    time: Loose<'a>,
    /// Time of metadata, milliseconds since 1970.
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    sog: Loose<'a>,
    #[serde(borrow)]
    cog: Loose<'a>,
    #[serde(borrow)]
    nav_stat: Loose<'a>,
    #[serde(borrow)]
    pos_acc: Loose<'a>,
    #[serde(borrow)]
    heading: Loose<'a>,
    #[serde(borrow)]
    lon: Loose<'a>,
    #[serde(borrow)]
    lat: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    call_sign: Loose<'a>,
    #[serde(borrow)]
    imo: Loose<'a>,
    #[serde(rename = "type", borrow)]
    ship_type: Loose<'a>,
    #[serde(borrow)]
    ref_a: Loose<'a>,
    #[serde(borrow)]
    ref_b: Loose<'a>,
    #[serde(borrow)]
    ref_c: Loose<'a>,
    #[serde(borrow)]
    ref_d: Loose<'a>,
    #[serde(borrow)]
    destination: Loose<'a>,
    /// Draught, 1/10 m.
    #[serde(borrow)]
    draught: Loose<'a>,
    /// ETA as the 20 bits of a type 5 message.
    #[serde(borrow)]
    eta: Loose<'a>,
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
            let read = |bytes: &[u8], context: &mut Context<'_>| self.object(topic, bytes, context);
            if let Err(reason) = bytes.and_then(|bytes| read_or_mended(bytes, context, read)) {
                context.count(reason);
            }
        });
    }

    fn object(&mut self, topic: &str, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Reason> {
        let object: Object<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
        let mut levels = topic.rsplit('/');
        let kind = levels.next().unwrap_or("");
        let named = levels.next().and_then(|mmsi| number(mmsi.as_bytes()));
        let mmsi = named.or(object.mmsi.whole_figure()).ok_or(Reason::BadTopic)?;
        let mut illegal = 0;
        let (body, told, scale) = match kind {
            "location" => (location(&object, &mut illegal)?, &object.time, 1000.0),
            "metadata" => (metadata(&object, &mut illegal), &object.timestamp, 1.0),
            _ => return Err(Reason::BadTopic),
        };
        let mmsi = context.sender(mmsi)?;
        let mut bad = 0;
        let own = told.read(&mut bad, |told| plausible(Time((told.figure()? * scale) as i64)));
        context.counts.add(Reason::BadTime, bad);
        let time = self.source.settle(own, None, &[], context).ok_or(Reason::NoTime)?;
        context.counts.add(Reason::IllegalValue, illegal);
        let (feed, station) = self.source.station(&[], context);
        let transmission = ais::transmission(bytes) ^ mmsi.0;
        self.source.give_report(Report { feed, station, time, transmission, mmsi, body }, context);
        Ok(())
    }
}

/// Makes the body of a location. The class is not told; class A reports most.
fn location(object: &Object<'_>, illegal: &mut u32) -> Result<Body, Reason> {
    if object.lon == Loose::Absent || object.lat == Loose::Absent {
        return Err(Reason::JsonFields);
    }
    let (lon, lat) = (object.lon.number_or_illegal(illegal), object.lat.number_or_illegal(illegal));
    let [sog, cog, heading] =
        [&object.sog, &object.cog, &object.heading].map(|value| value.number_or_illegal(illegal));
    let status: Option<u8> = object.nav_stat.whole_or_illegal(illegal);
    Ok(Body::Position(PositionReport {
        kinematics: Kinematics {
            position: position(lon, lat, illegal),
            sog_kn: reading(sog, 102.25, 102.3, illegal).map(to_tenths),
            cog_deg: reading(cog, 359.99, 360.0, illegal).map(to_tenths),
            heading_deg: reading(heading, 360.0, 511.0, illegal),
        },
        class: TransponderClass::A,
        nav_status: status.filter(|status| *status < 15).map(NavStatus),
        accurate: object.pos_acc.read(illegal, Loose::flag).unwrap_or(false),
        altitude_m: None,
    }))
}

/// Makes the body of metadata.
fn metadata(object: &Object<'_>, illegal: &mut u32) -> Body {
    let [bow, stern, port, starboard] = [&object.ref_a, &object.ref_b, &object.ref_c, &object.ref_d]
        .map(|value| value.whole_or_illegal::<u16>(illegal).unwrap_or(0));
    let dimensions = Dimensions {
        bow_m: bow.min(511),
        stern_m: stern.min(511),
        port_m: port.min(63) as u8,
        starboard_m: starboard.min(63) as u8,
    };
    let ship_type: Option<u8> = object.ship_type.whole_or_illegal(illegal);
    Body::Static(StaticReport {
        class: TransponderClass::A,
        name: text(object.name.text_or_illegal(illegal)),
        call_sign: text(object.call_sign.text_or_illegal(illegal)),
        imo: object.imo.whole_or_illegal(illegal).and_then(Imo::new),
        ship_type: ship_type.filter(|kind| (1..=99).contains(kind)).map(ShipType),
        dimensions: (dimensions != Dimensions::default()).then_some(dimensions),
        destination: text(object.destination.text_or_illegal(illegal)),
        draught_m: object
            .draught
            .number_or_illegal(illegal)
            .filter(|tenths| *tenths > 0.0 && *tenths <= 255.0)
            .map(|tenths| tenths as f32 / 10.0),
        eta: object.eta.whole_or_illegal(illegal).and_then(Eta::from_bits),
    })
}
