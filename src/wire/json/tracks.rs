//! Tracks of any sensor as GeoJSON Features, for sensors without a format of their own (`docs/tracks.md`).

use std::borrow::Cow;

use serde::Deserialize;

use super::loose::Loose;
use super::objects::{JSON_BYTES_MAX, length, objects_of_any_length};
use crate::geodesy::distance_m;
use crate::model::{
    Accuracy, Contact, ContactStatus, Domain, FeedId, Icao, Position, ShipType, Squawk, Text, Time,
};
use crate::wire::context::Context;
use crate::wire::radar::{RANGE_MAX_M, SPEED_MAX_KN, accuracy_at};
use crate::wire::reason::Reason;
use crate::wire::shared::{NAMED, SharedTrack, number_of};
use crate::wire::source::Source;
use crate::wire::times::plausible;

/// Limit of a standard deviation of position, metres.
const SIGMA_MAX_M: f64 = 100_000.0;
/// Limit of a target's size, metres: no ship is longer.
const SIZE_MAX_M: f64 = 1000.0;
/// Limit below which a time counts seconds since 1970; from it on, milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(borrow, default)]
    id: Loose<'a>,
    #[serde(borrow)]
    geometry: Option<Geometry<'a>>,
    #[serde(borrow)]
    properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
struct Geometry<'a> {
    #[serde(borrow, default)]
    coordinates: Loose<'a>,
}

/// Properties of a Feature. Those that Vigie does not use are skipped.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties<'a> {
    #[serde(borrow)]
    track: Loose<'a>,
    #[serde(borrow)]
    time: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    domain: Loose<'a>,
    #[serde(borrow)]
    accuracy_m: Loose<'a>,
    #[serde(borrow)]
    sog_kn: Loose<'a>,
    #[serde(borrow)]
    cog_deg: Loose<'a>,
    #[serde(borrow)]
    size_m: Loose<'a>,
    #[serde(borrow)]
    altitude_ft: Loose<'a>,
    #[serde(borrow)]
    icao: Loose<'a>,
    #[serde(borrow)]
    squawk: Loose<'a>,
    #[serde(borrow)]
    answered: Loose<'a>,
    #[serde(borrow)]
    label: Loose<'a>,
    #[serde(borrow)]
    station: Loose<'a>,
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    dark: Loose<'a>,
    #[serde(borrow)]
    mmsi: Loose<'a>,
    #[serde(borrow)]
    imo: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    call_sign: Loose<'a>,
    #[serde(borrow)]
    ship_type: Loose<'a>,
    #[serde(borrow)]
    length_m: Loose<'a>,
    #[serde(borrow)]
    heading_deg: Loose<'a>,
    #[serde(borrow)]
    destination: Loose<'a>,
}

/// Decoder of Features, FeatureCollections, arrays of them and several in a row.
#[derive(Debug)]
pub(in crate::wire) struct Tracks {
    /// Feed, clock and last station.
    pub source: Source,
}

impl Tracks {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Tracks {
        Tracks { source: Source::new(feed) }
    }

    /// Decodes a payload.
    pub fn decode(&mut self, _topic: &str, payload: &[u8], context: &mut Context<'_>) {
        objects_of_any_length(payload, |object| match object.map(|object| (object, features(object))) {
            Ok((_, Some(list))) => {
                objects_of_any_length(list, |feature| self.feature(feature, context));
            }
            Ok((object, None)) => self.feature(Ok(object), context),
            Err(reason) => self.feature(Err(reason), context),
        });
    }

    fn feature(&mut self, feature: Result<&[u8], Reason>, context: &mut Context<'_>) {
        context.count(Reason::Lines);
        let short = feature.and_then(|bytes| match bytes.len() {
            0..=JSON_BYTES_MAX => Ok(bytes),
            _ => Err(Reason::JsonTooLong),
        });
        let parsed = short.and_then(|bytes| serde_json::from_slice(bytes).map_err(|_| Reason::BadJson));
        let given = parsed.and_then(|feature: Feature<'_>| {
            let contact = self.contact(&feature, context)?;
            let said = feature.properties.unwrap_or_default();
            match vessel(&said, &contact, context) {
                Some(vessel) => vessel.give_reports(contact.time, &mut self.source, context),
                None => self.source.give_contact(contact, context),
            }
            Ok(())
        });
        if let Err(reason) = given {
            context.count(reason);
        }
    }

    /// Makes a contact of a Feature.
    fn contact(&mut self, feature: &Feature<'_>, context: &mut Context<'_>) -> Result<Contact, Reason> {
        let said = feature.properties.as_ref().ok_or(Reason::JsonFields)?;
        let names = [&said.track, &feature.id, &said.key, &said.mmsi];
        let name = names.into_iter().find(|name| **name != Loose::Absent).unwrap_or(&Loose::Absent);
        let number = track_number(name).ok_or(Reason::JsonFields)?;
        let status = match &said.status {
            Loose::Absent => ContactStatus::Tracking,
            Loose::Text(word) => status(word).ok_or(Reason::JsonFields)?,
            _ => return Err(Reason::JsonFields),
        };
        let position = match (status, feature.geometry.as_ref().map(|geometry| &geometry.coordinates)) {
            (ContactStatus::Lost, _) => None,
            (_, Some(Loose::Numbers([lon, lat, _], 2..))) => {
                Some(Position::new(*lon, *lat).ok_or(Reason::IllegalValue)?)
            }
            _ => return Err(Reason::JsonFields),
        };
        let mut illegal = 0;
        let number_in = |value: &Loose<'_>, least: f64, most: f64, illegal: &mut u32| {
            value.read(illegal, |value| value.number().filter(|n| (least..=most).contains(n)))
        };
        let own = said.time.read(&mut 0, time);
        if own.is_none() && said.time != Loose::Absent {
            context.count(Reason::BadTime);
        }
        let station = said.station.read(&mut illegal, name_of).unwrap_or_default();
        let settled = self.source.settle(own, None, station.as_bytes(), context);
        let time = settled.ok_or(Reason::NoTime)?;
        let (feed, station) = self.source.station(station.as_bytes(), context);
        let sensor = context.stations.sensor(feed);
        if let Some((site, at)) = sensor.radar.and(sensor.site).zip(position)
            && distance_m(site, at) > RANGE_MAX_M
        {
            return Err(Reason::NoPosition);
        }
        let by_radar = || {
            let (radar, site) = sensor.radar.zip(sensor.site)?;
            position.map(|at| accuracy_at(&radar, site, at, 0.0))
        };
        let label = said.label.read(&mut illegal, name_of).or_else(|| match name {
            Loose::Text(name) => Some(name.to_string()),
            _ => None,
        });
        let contact = Contact {
            feed,
            station,
            time,
            number,
            status,
            domain: said.domain.read(&mut illegal, domain),
            position,
            accuracy: said.accuracy_m.read(&mut illegal, accuracy).or_else(by_radar),
            sog_kn: number_in(&said.sog_kn, 0.0, SPEED_MAX_KN, &mut illegal),
            cog_deg: number_in(&said.cog_deg, 0.0, 360.0, &mut illegal).map(|cog| cog % 360.0),
            size_m: number_in(&said.size_m, 0.0, SIZE_MAX_M, &mut illegal),
            altitude_ft: number_in(&said.altitude_ft, -2000.0, 200_000.0, &mut illegal),
            icao: said.icao.read(&mut illegal, icao),
            squawk: said.squawk.read(&mut illegal, squawk),
            answered: said.answered.read(&mut illegal, |value| match value {
                Loose::Truth(answered) => Some(*answered),
                _ => None,
            }),
            label: label.map(|label| Text::new(label.as_bytes())).filter(|label| !label.is_empty()),
        };
        context.counts.add(Reason::IllegalValue, illegal);
        Ok(contact)
    }
}

/// Returns the vessel of a Feature that says who she is: she transmits, and no sensor measured her. A dark target has no
/// identity of its own, whatever is written beside it.
fn vessel<'a>(
    said: &'a Properties<'_>,
    contact: &Contact,
    context: &mut Context<'_>,
) -> Option<SharedTrack<'a>> {
    let mut illegal = 0;
    let mmsi =
        said.mmsi.read(&mut illegal, |mmsi| mmsi.whole().filter(|mmsi| (1..=999_999_999).contains(mmsi)));
    let transmits = said.dark.flag() != Some(true) && contact.domain != Some(Domain::Air);
    let position = contact.position.filter(|_| transmits && mmsi.is_some());
    let number_in = |value: &Loose<'_>, most: f64| value.number().filter(|n| (0.0..=most).contains(n));
    let vessel = position.map(|at| {
        let mut text = |value: &'a Loose<'_>| {
            value.read(&mut illegal, |value| value.text().map(str::to_owned)).map(Cow::Owned)
        };
        SharedTrack {
            time: contact.time.0,
            lon: at.lon(),
            lat: at.lat(),
            accuracy_m: contact.accuracy.map(|accuracy| f64::from(accuracy.along_m.max(accuracy.across_m))),
            sog_kn: contact.sog_kn,
            cog_deg: contact.cog_deg,
            heading_deg: number_in(&said.heading_deg, 360.0),
            mmsi,
            imo: said.imo.whole(),
            name: text(&said.name),
            call_sign: text(&said.call_sign),
            destination: text(&said.destination),
            ship_type: said.ship_type.whole().or_else(|| ship_type(said.ship_type.text()?)),
            length_m: said.length_m.whole(),
            ..SharedTrack::default()
        }
    });
    context.counts.add(Reason::IllegalValue, illegal);
    vessel
}

/// Returns the first code of a ship type's word; `None` for `other`, which stands for many.
fn ship_type(word: &str) -> Option<u8> {
    (1..=99).find(|code| ShipType(*code).word() == word).filter(|_| word != "other")
}

/// Returns the list of a FeatureCollection: the array after its own `"features":`.
fn features(object: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut at) = (0, 0);
    while let Some(byte) = object.get(at) {
        match byte {
            b'"' => {
                let text = &object[at + 1..];
                let end = end_of_text(text)?;
                at += end + 1;
                let after = object.get(at + 1..)?.trim_ascii_start();
                if depth == 1 && text[..end] == *b"features" && after.first() == Some(&b':') {
                    let list = after[1..].trim_ascii_start();
                    return list.starts_with(b"[").then(|| &list[..length(list).unwrap_or(list.len())]);
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the place of the quotation mark that ends a text.
fn end_of_text(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

/// Returns the number of a track: of a whole number below 2^31 that number itself, of any other name a hash of its text in
/// the upper half.
fn track_number(name: &Loose<'_>) -> Option<u32> {
    match name {
        Loose::Whole(n) if *n < u64::from(NAMED) => Some(*n as u32),
        Loose::Whole(n) => Some(number_of(&n.to_string())),
        Loose::Text(name) if !name.trim().is_empty() => Some(number_of(name)),
        _ => None,
    }
}

fn status(word: &str) -> Option<ContactStatus> {
    match word {
        "acquiring" => Some(ContactStatus::Acquiring),
        "tracking" => Some(ContactStatus::Tracking),
        "coasting" => Some(ContactStatus::Coasting),
        "lost" => Some(ContactStatus::Lost),
        _ => None,
    }
}

fn time(value: &Loose<'_>) -> Option<Time> {
    if let Loose::Text(text) = value {
        return Time::parse(text).and_then(plausible);
    }
    let number = value.number()?;
    let millis = if number < MILLISECONDS_FROM { number * 1000.0 } else { number };
    plausible(Time(libm::rint(millis) as i64))
}

fn domain(value: &Loose<'_>) -> Option<Domain> {
    match value {
        Loose::Text(word) => Domain::of_word(word),
        _ => None,
    }
}

fn accuracy(value: &Loose<'_>) -> Option<Accuracy> {
    let sigma = |m: f64| (m > 0.0 && m <= SIGMA_MAX_M).then_some(m);
    match value {
        Loose::Numbers([along, across, axis], 3) if (0.0..=360.0).contains(axis) => Some(Accuracy {
            along_m: sigma(*along)? as f32,
            across_m: sigma(*across)? as f32,
            axis_deg: (*axis % 360.0) as f32,
        }),
        value => Some(Accuracy::round(sigma(value.number()?)?)),
    }
}

/// Reads an ICAO address: six hexadecimal digits, or the number itself; 0 is no address.
fn icao(value: &Loose<'_>) -> Option<Icao> {
    match value {
        Loose::Text(text) => Icao::of_hex(text),
        Loose::Whole(n) => u32::try_from(*n).ok().and_then(Icao::new),
        _ => None,
    }
}

/// Reads a Mode 3/A code: four octal digits, as text or as a number written with them.
fn squawk(value: &Loose<'_>) -> Option<Squawk> {
    let text = match value {
        Loose::Text(text) => text.to_string(),
        Loose::Whole(n) => format!("{n:04}"),
        _ => return None,
    };
    Squawk::of_digits(&text)
}

fn name_of(value: &Loose<'_>) -> Option<String> {
    match value {
        Loose::Text(text) => Some(text.to_string()),
        Loose::Whole(n) => Some(n.to_string()),
        _ => None,
    }
}
