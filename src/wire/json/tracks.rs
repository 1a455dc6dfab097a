//! Tracks of any sensor as GeoJSON Features, for sensors without a format of their own (`docs/tracks.md`).

use std::borrow::Cow;

use super::feature::{Feature, Properties, Property};
use super::loose::Loose;
use super::meaning::Label;
use super::objects::{JSON_BYTES_MAX, length, objects_of_any_length, read_or_mended};
use crate::geodesy::is_within;
use crate::model::{Contact, ContactStatus, Domain, FeedId, Position, Text};
use crate::wire::context::Context;
use crate::wire::radar::{RANGE_MAX_M, accuracy_at};
use crate::wire::reason::Reason;
use crate::wire::shared::{NAMED, SharedTrack, number_of};
use crate::wire::source::Source;

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
        let read = |bytes: &[u8], context: &mut Context<'_>| {
            let feature: Feature<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
            let contact = self.contact(&feature, context)?;
            let said = feature.properties.unwrap_or_default();
            match vessel(&said, &contact, context) {
                Some(vessel) => vessel.give_reports(contact.time, &mut self.source, context),
                None => self.source.give_contact(contact, context),
            }
            Ok(())
        };
        if let Err(reason) = short.and_then(|bytes| read_or_mended(bytes, context, read)) {
            context.count(reason);
        }
    }

    /// Makes a contact of a Feature.
    fn contact(&mut self, feature: &Feature<'_>, context: &mut Context<'_>) -> Result<Contact, Reason> {
        let said = feature.properties.as_ref().ok_or(Reason::JsonFields)?;
        let names = [said.track.written(), feature.id.written(), said.key.written(), said.mmsi.written()];
        let name = names.into_iter().find(|name| **name != Loose::Absent).unwrap_or(&Loose::Absent);
        let number = track_number(name).ok_or(Reason::JsonFields)?;
        let mut illegal = 0;
        let status = match said.status.read(&mut illegal) {
            None if illegal > 0 => return Err(Reason::JsonFields),
            status => status.unwrap_or(ContactStatus::Tracking),
        };
        let position = match (status, feature.geometry.as_ref()) {
            (ContactStatus::Lost, _) => None,
            (_, Some(geometry)) => {
                let [lon, lat] = geometry.coordinates.read(&mut 0).ok_or(Reason::JsonFields)?;
                Some(Position::new(lon, lat).ok_or(Reason::IllegalValue)?)
            }
            _ => return Err(Reason::JsonFields),
        };
        let own = said.time.read(&mut 0);
        if own.is_none() && !said.time.is_absent() {
            context.count(Reason::BadTime);
        }
        let station = said.station.read(&mut illegal).unwrap_or_default();
        let settled = self.source.settle(own, None, station.as_bytes(), context);
        let time = settled.ok_or(Reason::NoTime)?;
        let (feed, station) = self.source.station(station.as_bytes(), context);
        let sensor = context.stations.sensor(feed);
        if let Some((site, at)) = sensor.radar.and(sensor.site).zip(position)
            && !is_within(site, at, RANGE_MAX_M)
        {
            return Err(Reason::NoPosition);
        }
        let by_radar = || {
            let (radar, site) = sensor.radar.zip(sensor.site)?;
            position.map(|at| accuracy_at(&radar, site, at, 0.0))
        };
        let label = said.label.read(&mut illegal).or_else(|| match name {
            Loose::Text(name) => Some(name.to_string()),
            _ => None,
        });
        let contact = Contact {
            feed,
            station,
            time,
            number,
            status,
            domain: said.domain.read(&mut illegal),
            position,
            accuracy: said.accuracy_m.read(&mut illegal).or_else(by_radar),
            sog_kn: said.sog_kn.read(&mut illegal),
            cog_deg: said.cog_deg.read(&mut illegal).map(|cog| cog % 360.0),
            size_m: said.size_m.read(&mut illegal),
            altitude_ft: said.altitude_ft.read(&mut illegal),
            icao: said.icao.read(&mut illegal),
            squawk: said.squawk.read(&mut illegal),
            answered: said.answered.read(&mut illegal),
            label: label.map(|label| Text::new(label.as_bytes())).filter(|label| !label.is_empty()),
        };
        context.counts.add(Reason::IllegalValue, illegal);
        Ok(contact)
    }
}

/// Returns the vessel of a Feature that says who she is: she transmits, and no sensor measured her. A dark target has no
/// identity of its own, whatever is written beside it.
fn vessel(
    said: &Properties<'_>,
    contact: &Contact,
    context: &mut Context<'_>,
) -> Option<SharedTrack<'static>> {
    let mut illegal = 0;
    let mmsi = said.mmsi.read(&mut illegal);
    let transmits = said.dark.read(&mut illegal) != Some(true) && contact.domain != Some(Domain::Air);
    let position = contact.position.filter(|_| transmits && mmsi.is_some());
    let vessel = position.map(|at| {
        let mut text = |label: &Property<'_, Label>| label.read(&mut illegal).map(Cow::Owned);
        SharedTrack {
            time: contact.time.0,
            lon: at.lon(),
            lat: at.lat(),
            accuracy_m: contact.accuracy.map(|accuracy| f64::from(accuracy.along_m.max(accuracy.across_m))),
            sog_kn: contact.sog_kn,
            cog_deg: contact.cog_deg,
            mmsi,
            name: text(&said.name),
            call_sign: text(&said.call_sign),
            destination: text(&said.destination),
            heading_deg: said.heading_deg.read(&mut illegal),
            imo: said.imo.read(&mut illegal),
            ship_type: said.ship_type.read(&mut illegal).flatten(),
            length_m: said.length_m.read(&mut illegal).and_then(|metres| u16::try_from(metres).ok()),
            ..SharedTrack::default()
        }
    });
    context.counts.add(Reason::IllegalValue, illegal);
    vessel
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
