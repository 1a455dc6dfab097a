//! Decoder of raw Mode S: Beast frames, AVR lines (`*…;`, `@…;`), and JSON objects with a `frame` and its `timestamp`. The
//! `rs1090` crate reads the frames (ICAO Annex 10, volume IV; DO-260B).

use std::collections::BTreeMap;

use rs1090::decode::adsb::ME;
use rs1090::decode::bds::bds05::Source as AltitudeSource;
use rs1090::decode::bds::bds09::AirborneVelocitySubType;
use rs1090::decode::bds::bds61::AircraftStatusType;
use rs1090::decode::bds::bds65::{ADSBVersionAirborne, AircraftOperationStatus};
use rs1090::decode::cpr::{AircraftState, Position as Reference, decode_position};
use rs1090::decode::{Capability, ControlFieldType, DF, FlightStatus, ICAO, Message};
use serde::Deserialize;

use super::report::blank;
use crate::model::{AirSource, AircraftReport, Emergency, FeedId, Icao, Position, Span, Squawk, Text, Time};
use crate::wire::context::Context;
use crate::wire::json::{Loose, objects};
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::times::plausible;

/// Limit of aircraft whose half positions are remembered: those silent for 60 s make room.
pub const AIRCRAFT_MAX: usize = 8192;
const FORGOTTEN: Span = Span::from_secs(60);
/// Age up to which a complete frame confirms an address that is only in the parity of another.
const CONFIRMS: Span = Span::from_secs(300);
/// Bytes of a long frame.
const LONG: usize = 14;
/// Bytes of a short frame.
const SHORT: usize = 7;
/// Byte that begins a Beast frame.
const ESCAPE: u8 = 0x1a;

/// Aircraft that complete frames have confirmed, with the halves of their compact positions.
#[derive(Default)]
struct Heard {
    halves: BTreeMap<ICAO, AircraftState>,
    last: BTreeMap<Icao, Time>,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Heard({} aircraft)", self.last.len())
    }
}

impl Heard {
    /// Notes an address that a complete frame confirmed. Returns false where there is no room for it.
    fn note(&mut self, icao: Icao, time: Time) -> bool {
        if self.last.len() >= AIRCRAFT_MAX && !self.last.contains_key(&icao) {
            self.last.retain(|_, last| (time - *last).secs().abs() <= FORGOTTEN.secs());
            let last = &self.last;
            self.halves.retain(|icao, _| Icao::new(icao.0).is_some_and(|icao| last.contains_key(&icao)));
            if self.last.len() >= AIRCRAFT_MAX {
                return false;
            }
        }
        self.last.insert(icao, time);
        true
    }

    fn knows(&self, icao: Icao, time: Time) -> bool {
        self.last.get(&icao).is_some_and(|last| (time - *last).secs().abs() <= CONFIRMS.secs())
    }
}

/// An object with a frame in hexadecimal digits.
#[derive(Deserialize)]
struct Framed<'a> {
    #[serde(borrow, default)]
    frame: Loose<'a>,
    #[serde(borrow, default)]
    timestamp: Loose<'a>,
}

/// Decoder of frames. The aircraft that it has heard are not part of saved state: positions need two halves again.
#[derive(Debug)]
pub(in crate::wire) struct ModeS {
    /// Feed, clock and last station.
    pub source: Source,
    heard: Heard,
}

impl ModeS {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> ModeS {
        ModeS { source: Source::new(feed), heard: Heard::default() }
    }

    /// Decodes a payload: Beast where it begins with the escape, objects where it begins with a brace, else AVR lines.
    pub fn decode(&mut self, _topic: &str, payload: &[u8], context: &mut Context<'_>) {
        match payload.first() {
            Some(&ESCAPE) => self.beast(payload, context),
            Some(b'{' | b'[') => objects(payload, |object| {
                context.count(Reason::Lines);
                let done = object.and_then(|bytes| {
                    let said: Framed<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
                    let Loose::Text(hex) = &said.frame else { return Err(Reason::JsonFields) };
                    let mut bad = 0;
                    let own = said
                        .timestamp
                        .read(&mut bad, |value| plausible(Time(libm::rint(value.number()? * 1000.0) as i64)));
                    context.counts.add(Reason::BadTime, bad);
                    self.hexadecimal(hex.as_bytes(), own, context)
                });
                if let Err(reason) = done {
                    context.count(reason);
                }
            }),
            _ => {
                let lines = payload.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
                for line in lines.filter(|line| !line.is_empty()) {
                    context.count(Reason::Lines);
                    if let Err(reason) = self.avr(line, context) {
                        context.count(reason);
                    }
                }
            }
        }
    }

    /// Decodes a line `*8d…;`, or `@…;` with twelve digits of the receiver's own clock before the frame.
    fn avr(&mut self, line: &[u8], context: &mut Context<'_>) -> Result<(), Reason> {
        let hex = match line {
            [b'*', hex @ .., b';'] => hex,
            [b'@', rest @ .., b';'] => rest.get(12..).ok_or(Reason::BadFrame)?,
            _ => return Err(Reason::NotASentence),
        };
        self.hexadecimal(hex, None, context)
    }

    /// Decodes a frame in hexadecimal digits.
    fn hexadecimal(
        &mut self,
        hex: &[u8],
        own: Option<Time>,
        context: &mut Context<'_>,
    ) -> Result<(), Reason> {
        let mut frame = [0; LONG];
        if hex.len() != 2 * LONG && hex.len() != 2 * SHORT {
            // Mode A and C replies have two bytes: a code or an altitude without an address.
            return Err(if hex.len() == 4 { Reason::OtherSentence } else { Reason::BadFrame });
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
        for (byte, pair) in frame.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])
                .zip(digit(pair[1]))
                .map(|(high, low)| high << 4 | low)
                .ok_or(Reason::BadFrame)?;
        }
        self.frame(&frame[..hex.len() / 2], own, context)
    }

    /// Decodes Beast frames: escape, type, six bytes of the receiver's clock, one of signal strength, the frame. Escapes within
    /// are doubled.
    fn beast(&mut self, payload: &[u8], context: &mut Context<'_>) {
        let mut at = 0;
        while at < payload.len() {
            context.count(Reason::Lines);
            let mut frame = [0; 7 + LONG];
            let length = match payload.get(at + 1) {
                Some(b'1') => 7 + 2,
                Some(b'2') => 7 + SHORT,
                Some(b'3') => 7 + LONG,
                _ => 0,
            };
            let mut next = at + 2;
            let whole = length > 0 && {
                let mut bytes = frame[..length].iter_mut();
                bytes.all(|byte| {
                    let Some(&found) = payload.get(next) else { return false };
                    let escaped = found == ESCAPE;
                    if escaped && payload.get(next + 1) != Some(&ESCAPE) {
                        return false;
                    }
                    *byte = found;
                    next += if escaped { 2 } else { 1 };
                    true
                })
            };
            let done = match whole {
                true if length == 7 + 2 => Err(Reason::OtherSentence),
                true => self.frame(&frame[7..length], None, context),
                false => Err(Reason::BadFrame),
            };
            if let Err(reason) = done {
                context.count(reason);
            }
            at = match whole {
                true if payload.get(next).is_none_or(|byte| *byte == ESCAPE) => next,
                // Go on at the next escape that begins a frame; a doubled escape does not begin one.
                _ => {
                    let begins = |two: &[u8]| two[0] == ESCAPE && (b'1'..=b'3').contains(&two[1]);
                    match payload[at + 1..].windows(2).position(begins) {
                        Some(on) => at + 1 + on,
                        None => return,
                    }
                }
            };
        }
    }

    /// Decodes one frame of 7 or 14 bytes. A downlink format below 16 has 56 bits (ICAO Annex 10, volume IV, 3.1.2.3.2), whatever
    /// a receiver writes after them.
    fn frame(&mut self, frame: &[u8], own: Option<Time>, context: &mut Context<'_>) -> Result<(), Reason> {
        let is_short = frame.first().is_some_and(|byte| byte >> 3 < 16);
        let frame = if is_short { &frame[..frame.len().min(SHORT)] } else { frame };
        let message = Message::try_from(frame).map_err(|_| Reason::BadParity)?;
        let by_parity = |ap: u32| Icao::new(ap);
        let (icao, whole) = match &message.df {
            DF::ExtendedSquitterADSB(squitter) => (Icao::new(squitter.icao24.0), true),
            DF::ExtendedSquitterTisB { cf, .. } if message.crc == 0 => (Icao::new(cf.aa.0), true),
            // The low seven bits of the parity are the interrogator's code (ICAO Annex 10, volume IV, 3.1.2.5.2).
            DF::AllCallReply { icao, .. } if message.crc & 0xff_ff80 == 0 => (Icao::new(icao.0), true),
            DF::ShortAirAirSurveillance { ap, .. }
            | DF::SurveillanceAltitudeReply { ap, .. }
            | DF::SurveillanceIdentityReply { ap, .. }
            | DF::LongAirAirSurveillance { ap, .. }
            | DF::CommBAltitudeReply { ap, .. }
            | DF::CommBIdentityReply { ap, .. } => (by_parity(ap.0), false),
            DF::ExtendedSquitterTisB { .. } | DF::AllCallReply { .. } => return Err(Reason::BadParity),
            _ => return Err(Reason::OtherSentence),
        };
        let icao = icao.ok_or(Reason::IllegalAddress)?;
        let Some(mut report) = blank(&mut self.source, icao, own, context) else {
            return Err(Reason::NoTime);
        };
        if whole && !self.heard.note(icao, report.time) {
            return Err(Reason::StationsFull);
        }
        if !whole && !self.heard.knows(icao, report.time) {
            return Err(Reason::BadParity);
        }
        let feet = |feet: Option<i32>| feet.map(f64::from);
        match message.df {
            DF::ExtendedSquitterADSB(squitter) => {
                report.source = AirSource::AdsB;
                if squitter.capability == Capability::AG_AIRBORNE {
                    report.on_ground = Some(false);
                }
                self.squitter(&mut report, squitter.icao24, squitter.message, context);
            }
            DF::ExtendedSquitterTisB { cf, .. } => {
                report.source = match cf.field_type {
                    ControlFieldType::ADSB_ES_NT => AirSource::AdsB,
                    ControlFieldType::TISB_ADSB => AirSource::AdsR,
                    ControlFieldType::TISB_FINE | ControlFieldType::TISB_COARSE => AirSource::TisB,
                    // The other kinds carry addresses that are not ICAO addresses.
                    _ => return Err(Reason::IllegalAddress),
                };
                self.squitter(&mut report, cf.aa, cf.me, context);
            }
            DF::ShortAirAirSurveillance { ac, .. } | DF::LongAirAirSurveillance { ac, .. } => {
                report.pressure_altitude_ft = feet(ac.0);
            }
            DF::SurveillanceAltitudeReply { ac, fs, .. } => {
                report.pressure_altitude_ft = feet(ac.0);
                report.on_ground = grounded(fs);
            }
            DF::CommBAltitudeReply { ac, fs, .. } => {
                report.pressure_altitude_ft = feet(ac.0);
                report.on_ground = grounded(fs);
            }
            DF::SurveillanceIdentityReply { id, fs, .. } => {
                report.squawk = squawk(id.0);
                report.on_ground = grounded(fs);
            }
            DF::CommBIdentityReply { id, fs, .. } => {
                report.squawk = squawk(id.0);
                report.on_ground = grounded(fs);
            }
            _ => {}
        }
        if report.kinematics.position.is_none() {
            report.source = AirSource::ModeS;
        }
        self.source.give_aircraft(report, context);
        Ok(())
    }

    /// Reads the register of an extended squitter (DO-260B, 2.2.3.2).
    fn squitter(
        &mut self,
        report: &mut AircraftReport,
        icao: ICAO,
        mut register: ME,
        context: &mut Context<'_>,
    ) {
        if matches!(register, ME::BDS05 { .. } | ME::BDS06 { .. }) {
            let site = context.stations.sensor(report.feed).site;
            let mut reference = site.map(|at| Reference { latitude: at.lat(), longitude: at.lon() });
            let seconds = report.time.0 as f64 / 1000.0;
            let halves = &mut self.heard.halves;
            decode_position(&mut register, seconds, &icao, halves, &mut reference, &None);
        }
        let at =
            |lat: Option<f64>, lon: Option<f64>| lon.zip(lat).and_then(|(lon, lat)| Position::new(lon, lat));
        match register {
            ME::BDS05 { tc, inner } => {
                report.kinematics.position = at(inner.latitude, inner.longitude);
                let feet = inner.alt.map(f64::from);
                match inner.source {
                    AltitudeSource::Barometric => report.pressure_altitude_ft = feet,
                    AltitudeSource::Gnss => report.geometric_altitude_ft = feet,
                }
                report.on_ground = Some(false);
                report.nic = nic(tc);
            }
            ME::BDS06 { inner, .. } => {
                report.kinematics.position = at(inner.latitude, inner.longitude);
                report.kinematics.sog_kn = inner.groundspeed;
                report.kinematics.cog_deg = inner.track.filter(|_| inner.track_status);
                report.on_ground = Some(true);
            }
            // A character outside the code makes a call sign that no aircraft has.
            ME::BDS08 { inner, .. } if inner.callsign.contains('#') => context.count(Reason::IllegalValue),
            ME::BDS08 { inner, .. } => {
                report.call_sign =
                    Some(Text::new(inner.callsign.trim().as_bytes())).filter(|text| !text.is_empty());
            }
            ME::BDS09(velocity) => {
                report.vertical_rate_fpm = velocity.vertical_rate.map(f64::from);
                if let AirborneVelocitySubType::GroundSpeedDecoding(ground) = velocity.velocity {
                    report.kinematics.sog_kn = Some(ground.groundspeed);
                    report.kinematics.cog_deg = Some(ground.track.rem_euclid(360.0));
                }
            }
            ME::BDS61(status) if status.subtype == AircraftStatusType::EmergencyPriorityStatus => {
                report.squawk = squawk(status.squawk.0);
                report.emergency = Emergency::of_status(status.emergency_state as u8);
            }
            ME::BDS62(state) => report.nac_p = Some(state.nac_p),
            ME::BDS65(AircraftOperationStatus::Airborne(status)) => {
                (report.version, report.nac_p) = match status.version {
                    ADSBVersionAirborne::DOC9871AppendixA(_) => (Some(0), None),
                    ADSBVersionAirborne::DOC9871AppendixB(v1) => (Some(1), Some(v1.nac_p)),
                    ADSBVersionAirborne::DOC9871AppendixC(v2) => (Some(2), Some(v2.nac_p)),
                    ADSBVersionAirborne::Reserved { .. } => (None, None),
                };
            }
            _ => {}
        }
    }
}

/// Returns the navigation integrity category of the type code of an airborne position, the lower one where only a
/// supplement would tell (DO-260B, table N-4).
fn nic(type_code: u8) -> Option<u8> {
    Some(match type_code {
        9 | 20 => 11,
        10 | 21 => 10,
        11 => 8,
        12 => 7,
        13 => 6,
        14 => 5,
        15 => 4,
        16 => 2,
        17 => 1,
        18 | 22 => 0,
        _ => return None,
    })
}

/// Returns the Mode 3/A code of four digits in half an octet each.
fn squawk(digits: u16) -> Option<Squawk> {
    Squawk::new((0..4).fold(0, |code, place| code | (digits >> (4 * place) & 7) << (3 * place)))
}

/// Returns whether the aircraft is on the ground, where the flight status says so (ICAO Annex 10, volume IV, 3.1.2.6.5.1).
fn grounded(status: FlightStatus) -> Option<bool> {
    match status {
        FlightStatus::NoAlertNoSpiAirborne | FlightStatus::AlertNoSpiAirborne => Some(false),
        FlightStatus::NoAlertNoSpiOnGround | FlightStatus::AlertNoSpiOnGround => Some(true),
        _ => None,
    }
}
