//! Tracks of another centre: batches of `vigie.tracks/1`, and the inputs that a track becomes.
//!
//! | track there | becomes here | finds its track by |
//! | --- | --- | --- |
//! | a vessel that transmits | a report with her identity | MMSI |
//! | an aircraft with an address | a report of an aircraft | ICAO address |
//! | anything else | a contact, as that of a radar | motion |

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{
    Accuracy, AirSource, AircraftReport, Body, Contact, ContactStatus, Dimensions, Domain, Icao, Imo,
    Kinematics, Mmsi, Position, PositionReport, Report, ShipType, Squawk, StaticReport, StationId, Text,
    Time, TransponderClass,
};
use crate::wire::context::Context;
use crate::wire::reason::Reason;
use crate::wire::source::Source;

/// Tracks of one batch, at most.
pub const BATCH_MAX: usize = 200;
/// Version of a batch.
pub const TRACKS_SCHEMA: &str = "vigie.tracks/1";
/// Limit of a speed, knots.
const SPEED_MAX_KN: f64 = 2000.0;
/// Limit of a standard deviation, metres.
const SIGMA_MAX_M: f64 = 100_000.0;
/// Bit that is set in the number of a track whose name is not a number, and in no other.
pub(in crate::wire) const NAMED: u32 = 1 << 31;

/// Batch of tracks: the body of an envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackBatch<'a> {
    /// Version of this schema.
    #[serde(borrow)]
    pub schema: Cow<'a, str>,
    /// The tracks.
    #[serde(borrow)]
    pub tracks: Vec<SharedTrack<'a>>,
}

/// One track, as a centre shows it to another one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SharedTrack<'a> {
    /// Subject key of the track at its centre: its number there.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// Time of the position, milliseconds since 1970.
    pub time: i64,
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// Standard deviation of the position, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    /// Speed over ground, knots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cog_deg: Option<f64>,
    /// Heading, degrees true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f64>,
    /// Height of an aircraft, feet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude_ft: Option<f64>,
    /// Whether it flies.
    pub air: bool,
    /// Whether it is a dark target there.
    pub dark: bool,
    /// Centre that told the sender of the track, where the sender has nothing of its own of it: the track is shared on.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub from: Option<Cow<'a, str>>,
    /// Source there: `ais`, `radar`, `ais+radar`, `ads-b` …
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    /// MMSI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mmsi: Option<u32>,
    /// IMO number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imo: Option<u32>,
    /// ICAO address, six hexadecimal digits.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub icao: Option<Cow<'a, str>>,
    /// Mode 3/A code, four octal digits.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub squawk: Option<Cow<'a, str>>,
    /// Name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub name: Option<Cow<'a, str>>,
    /// Call sign.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub call_sign: Option<Cow<'a, str>>,
    /// Type of ship and cargo (M.1371-5 table 53).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_type: Option<u8>,
    /// Length overall, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_m: Option<u16>,
    /// Size as radars see it, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_m: Option<f64>,
    /// Destination as typed in by the crew.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Cow<'a, str>>,
}

impl SharedTrack<'_> {
    /// Gives the engine the inputs that the track becomes.
    ///
    /// # Errors
    /// Time or position is impossible.
    pub(in crate::wire) fn give(&self, source: &mut Source, context: &mut Context<'_>) -> Result<(), Reason> {
        Position::new(self.lon, self.lat).ok_or(Reason::IllegalValue)?;
        let own = crate::wire::times::plausible(Time(self.time)).ok_or(Reason::BadTime)?;
        let time = source.settle(Some(own), None, &[], context).ok_or(Reason::NoTime)?;
        let icao = self.icao.as_deref().and_then(Icao::of_hex);
        match icao.filter(|_| self.air) {
            Some(icao) => source.give_aircraft(self.aircraft(icao, source, time), context),
            None if self.mmsi().is_some() && !self.dark => self.give_reports(time, source, context),
            None => source.give_contact(self.contact(source, time), context),
        }
        Ok(())
    }

    /// Gives the engine a vessel that transmits: her position, and what she says of herself.
    pub(in crate::wire) fn give_reports(&self, time: Time, source: &mut Source, context: &mut Context<'_>) {
        let Some(mmsi) = self.mmsi() else { return };
        for body in [self.position(), self.particulars()] {
            source.give_report(self.report(mmsi, source, time, body), context);
        }
    }

    fn mmsi(&self) -> Option<Mmsi> {
        self.mmsi.and_then(Mmsi::as_sent)
    }

    fn kinematics(&self) -> Kinematics {
        Kinematics {
            position: Position::new(self.lon, self.lat),
            sog_kn: within(self.sog_kn, SPEED_MAX_KN),
            cog_deg: within(self.cog_deg, 360.0).map(|cog| cog % 360.0),
            heading_deg: within(self.heading_deg, 360.0).map(|heading| heading % 360.0),
        }
    }

    fn position(&self) -> Body {
        Body::Position(PositionReport {
            kinematics: self.kinematics(),
            class: TransponderClass::A,
            nav_status: None,
            accurate: self.accuracy_m.is_some_and(|sigma| sigma <= 10.0),
            altitude_m: None,
        })
    }

    fn particulars(&self) -> Body {
        Body::Static(StaticReport {
            class: TransponderClass::A,
            name: text(self.name.as_deref()),
            call_sign: text(self.call_sign.as_deref()),
            imo: self.imo.and_then(Imo::new),
            ship_type: self.ship_type.filter(|code| (1..=99).contains(code)).map(ShipType),
            dimensions: self.length_m.map(|bow_m| Dimensions { bow_m, ..Dimensions::default() }),
            destination: text(self.destination.as_deref()),
            draught_m: None,
            eta: None,
        })
    }

    fn report(&self, mmsi: Mmsi, source: &Source, time: Time, body: Body) -> Report {
        let kind = matches!(body, Body::Position(_));
        let transmission = number_of(&format!("{kind}/{}/{}/{}/{}", mmsi.0, self.time, self.lon, self.lat));
        Report { feed: source.feed, station: StationId::RELAYED, time, transmission, mmsi, body }
    }

    fn aircraft(&self, icao: Icao, source: &Source, time: Time) -> AircraftReport {
        let by_word = [AirSource::AdsB, AirSource::AdsR, AirSource::TisB, AirSource::Ais]
            .into_iter()
            .find(|known| known.word() == self.source);
        AircraftReport {
            feed: source.feed,
            station: StationId::RELAYED,
            time,
            icao,
            source: by_word.unwrap_or(AirSource::Mlat),
            kinematics: self.kinematics(),
            pressure_altitude_ft: self.altitude_ft.filter(|feet| (-2000.0..=150_000.0).contains(feet)),
            geometric_altitude_ft: None,
            vertical_rate_fpm: None,
            on_ground: None,
            squawk: self.squawk.as_deref().and_then(Squawk::of_digits),
            emergency: None,
            call_sign: text(self.call_sign.as_deref()),
            version: None,
            nic: None,
            nac_p: None,
        }
    }

    fn contact(&self, source: &Source, time: Time) -> Contact {
        let kinematics = self.kinematics();
        Contact {
            feed: source.feed,
            station: StationId(0),
            time,
            number: number_of(&self.key),
            status: ContactStatus::Tracking,
            domain: Some(if self.air { Domain::Air } else { Domain::Surface }),
            position: kinematics.position,
            accuracy: within(self.accuracy_m, SIGMA_MAX_M).filter(|sigma| *sigma > 0.0).map(Accuracy::round),
            sog_kn: kinematics.sog_kn,
            cog_deg: kinematics.cog_deg,
            size_m: within(self.size_m, 1000.0),
            altitude_ft: self.altitude_ft.filter(|feet| (-2000.0..=150_000.0).contains(feet)),
            icao: None,
            squawk: None,
            answered: None,
            label: text(self.name.as_deref()),
        }
    }
}

/// Returns the number that stands for a track's key: a hash in the upper half of 32 bits.
pub(in crate::wire) fn number_of(key: &str) -> u32 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash ^ hash >> 32) as u32 | NAMED
}

fn within(value: Option<f64>, most: f64) -> Option<f64> {
    value.filter(|value| (0.0..=most).contains(value))
}

fn text<const N: usize>(text: Option<&str>) -> Option<Text<N>> {
    let text = Text::new(text?.as_bytes());
    (!text.is_empty()).then_some(text)
}
